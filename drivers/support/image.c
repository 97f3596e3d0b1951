/*
 * image.c: rows as bytes that no other row gives.
 */
#include "drivers/support/image.h"

enum { NUMBER_SIZE = 8 };

/* The same on every machine. */
static void put_little_endian(struct buf *image, uint64_t number)
{
	char bytes[NUMBER_SIZE];

	for (int i = 0; i < NUMBER_SIZE; i++)
		bytes[i] = (char)(number >> (8 * i) & 0xff);
	buf_put(image, bytes, NUMBER_SIZE);
}

void image_put(struct buf *image, char tag, struct span bytes)
{
	buf_put_char(image, tag);
	put_little_endian(image, bytes.size);
	buf_put_span(image, bytes);
}

void image_put_number(struct buf *image, char tag, uint64_t number)
{
	buf_put_char(image, tag);
	put_little_endian(image, NUMBER_SIZE);
	put_little_endian(image, number);
}
