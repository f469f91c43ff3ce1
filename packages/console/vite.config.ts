/** The pages: built into build/pages, which the console serves as it is. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Vite takes it from outside where it is set, as whoever runs tests has it: React for development is half as large again, and slower.
process.env.NODE_ENV = 'production';

export default defineConfig({
  root: new URL('web', import.meta.url).pathname,
  plugins: [react()],
  build: {
    outDir: new URL('build/pages', import.meta.url).pathname,
    emptyOutDir: true,
    // Nothing within the page itself: its policy allows no such script.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
