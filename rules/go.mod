module sluice.dev/rules

go 1.19

// The OWASP CRS 4.25.0, unmodified, with its tests. It is read as files; nothing here is compiled.
require github.com/corazawaf/coraza-coreruleset/v4 v4.25.0
