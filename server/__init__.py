"""All I/O: composition, sockets, clock, files, web. The only package that knows where bytes come from and go to."""
