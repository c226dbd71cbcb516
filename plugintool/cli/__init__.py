"""The command line. A command file parses, calls one function, renders its value and exits."""
