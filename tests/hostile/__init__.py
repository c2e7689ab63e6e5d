"""A hostile target: real sockets, behind which a real reference gateway answers all that is not attacked."""
