"""Both sides of a proxy: the reference gateway stands behind it, and tells what the proxy has made of each request."""
