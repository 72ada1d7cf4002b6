"""One file a command of `baimai`; each is imported only when it is called."""
