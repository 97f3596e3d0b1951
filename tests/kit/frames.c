/*
 * frames.c: where the messages of PostgreSQL's protocol begin and end.
 */
#include "tests/kit/frames.h"

enum { SSL_REQUEST = 80877103, GSS_REQUEST = 80877104 };

void frames_init(struct frames *up, struct frames *down)
{
	*up = (struct frames){ .phase = FRAMES_STARTUP, .other = down };
	*down = (struct frames){ .phase = FRAMES_TYPED, .other = up };
}

static uint32_t number_at(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       (uint32_t)bytes[3];
}

static void grow_opaque(struct frames *frames)
{
	frames->phase = FRAMES_OPAQUE;
	frames->other->phase = FRAMES_OPAQUE;
}

static void message_ends(struct frames *frames)
{
	uint32_t code = number_at(frames->head + 4);

	frames->count++;
	frames->head_size = 0;
	if (frames->phase != FRAMES_STARTUP)
		return;
	if (code == SSL_REQUEST || code == GSS_REQUEST)
		frames->other->phase = FRAMES_BYTE;
	else
		frames->phase = FRAMES_TYPED;
}

/* The length counts itself, and in a startup message the code after it. */
static void head_ends(struct frames *frames)
{
	bool startup = frames->phase == FRAMES_STARTUP;
	uint32_t length = number_at(frames->head + (startup ? 0 : 1));
	uint32_t known = startup ? 8 : 4;

	if (length < known) {
		grow_opaque(frames);
		return;
	}
	frames->body_left = length - known;
	if (frames->body_left == 0)
		message_ends(frames);
}

static void take_head_byte(struct frames *frames, unsigned char byte)
{
	frames->head[frames->head_size++] = byte;
	if (frames->head_size == (frames->phase == FRAMES_STARTUP ? 8 : 5))
		head_ends(frames);
}

/* A server too old for the question answers with a whole message, an error. */
static void take_answer(struct frames *frames, unsigned char byte)
{
	frames->phase = FRAMES_TYPED;
	if (byte == 'E') {
		take_head_byte(frames, byte);
		return;
	}
	frames->count++;
	if (byte != 'N')
		grow_opaque(frames);
}

static size_t take_body(struct frames *frames, size_t size)
{
	size_t taken = frames->body_left < size ? (size_t)frames->body_left : size;

	frames->body_left -= taken;
	if (frames->body_left == 0)
		message_ends(frames);
	return taken;
}

size_t frames_take(struct frames *frames, const unsigned char *data, size_t size,
		   uint64_t count_max)
{
	size_t taken = 0;

	while (taken < size && frames->count < count_max) {
		if (frames->phase == FRAMES_OPAQUE)
			return size;
		if (frames->body_left > 0)
			taken += take_body(frames, size - taken);
		else if (frames->phase == FRAMES_BYTE)
			take_answer(frames, data[taken++]);
		else
			take_head_byte(frames, data[taken++]);
	}
	return taken;
}
