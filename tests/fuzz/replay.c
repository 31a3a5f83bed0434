/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gives the files named as arguments to a fuzz target, without a fuzzer: each from a heap copy of
 * exactly its size, so that reading one byte more shows under a memory checker.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_MAX (1u << 20)

static uint8_t *read_file(const char *path, size_t *size)
{
	static uint8_t buffer[FILE_MAX];
	FILE *file = fopen(path, "rb");
	uint8_t *copy = NULL;

	if (file == NULL)
		return NULL;
	*size = fread(buffer, 1, sizeof(buffer), file);
	if (!ferror(file) && *size < sizeof(buffer))
		copy = malloc(*size == 0 ? 1 : *size);
	if (copy != NULL)
		memcpy(copy, buffer, *size);
	fclose(file);
	return copy;
}

int main(int argc, char **argv)
{
	uint8_t *copy;
	size_t size;

	for (int i = 1; i < argc; i++) {
		copy = read_file(argv[i], &size);
		if (copy == NULL) {
			fprintf(stderr, "%s: cannot be read, or is %u bytes or more\n", argv[i],
				FILE_MAX);
			return 1;
		}
		LLVMFuzzerTestOneInput(copy, size);
		free(copy);
	}
	if (argc < 2) {
		fprintf(stderr, "no file was given\n");
		return 1;
	}
	printf("%d inputs\n", argc - 1);
	return 0;
}
