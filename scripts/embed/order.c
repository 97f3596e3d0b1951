/*
 * order.c: nothing to compile, but a project needs a file, and this project's place in the build is
 * what makes the generated headers ready before the first room is compiled.
 */
typedef int embedded_headers_are_ready;
