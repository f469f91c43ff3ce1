/** The shop's only page. */
export const SHOP_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The Waterworks Shop</title>
<style>body { font: 16px/1.5 sans-serif; max-width: 40em; margin: 2em auto; padding: 0 1em }</style>
</head>
<body>
<h1>The Waterworks Shop</h1>
<p>This shop is the demo of Sluice, and vulnerable on purpose: its search puts what you type into its SQL.</p>
<form action="/search"><label>Search <input name="q" value="hose"></label> <button>Go</button></form>
<p>Then try <code>' UNION SELECT id, email, password_hash, 0 FROM users --</code></p>
</body>
</html>
`;
