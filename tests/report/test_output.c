/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output files: complete or not there, with the right permissions, and nothing left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "report/output.h"

struct place {
	char folder[64];
	char path[96];
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->folder, "test-output-XXXXXX");
	if (mkdtemp(place->folder) == NULL)
		return -1;
	snprintf(place->path, sizeof(place->path), "%s/report.json", place->folder);
	umask(022);
	*state = place;
	return 0;
}

static unsigned entries(const char *folder)
{
	DIR *dir = opendir(folder);
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count - 2; /* . and .. */
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", place->folder);
	if (system(command) != 0)
		return -1;
	free(place);
	return 0;
}

static char *contents(const char *path)
{
	static char text[128];
	FILE *file = fopen(path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	return text;
}

static mode_t mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	return status.st_mode & 07777;
}

static void write_file(const char *path, const char *text)
{
	struct fa_output output;
	struct fa_diag diag = {{0}};

	assert_int_equal(fa_output_open(&output, path, &diag), 0);
	fputs(text, output.file);
	assert_int_equal(fa_output_commit(&output, &diag), 0);
	assert_string_equal(diag.text, "");
}

static void appears_only_when_complete(void **state)
{
	struct place *place = *state;
	struct fa_output output;
	struct fa_diag diag = {{0}};

	assert_int_equal(fa_output_open(&output, place->path, &diag), 0);
	fputs("half", output.file);
	fflush(output.file);
	assert_int_equal(access(place->path, F_OK), -1);
	assert_int_equal(entries(place->folder), 1);
	fputs(" and half", output.file);
	assert_int_equal(fa_output_commit(&output, &diag), 0);
	assert_string_equal(contents(place->path), "half and half");
	assert_int_equal(mode_of(place->path), 0644);
	assert_int_equal(entries(place->folder), 1);
}

static void abort_leaves_the_old_file(void **state)
{
	struct place *place = *state;
	struct fa_output output;
	struct fa_diag diag = {{0}};

	write_file(place->path, "old");
	assert_int_equal(fa_output_open(&output, place->path, &diag), 0);
	fputs("new", output.file);
	fa_output_abort(&output);
	fa_output_abort(&output);
	assert_string_equal(contents(place->path), "old");
	assert_int_equal(entries(place->folder), 1);
}

static void keeps_permissions_and_links(void **state)
{
	struct place *place = *state;
	char link[96];
	struct stat status;

	write_file(place->path, "old");
	assert_int_equal(chmod(place->path, 0640), 0);
	snprintf(link, sizeof(link), "%s/link", place->folder);
	assert_int_equal(symlink("report.json", link), 0);
	write_file(link, "through the link");
	assert_int_equal(lstat(link, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_string_equal(contents(place->path), "through the link");
	assert_int_equal(mode_of(place->path), 0640);
}

static void says_why_it_cannot(void **state)
{
	struct place *place = *state;
	struct fa_output output;
	struct fa_diag diag = {{0}};

	assert_int_equal(fa_output_open(&output, "no-such-folder/report.json", &diag), FA_ENOENT);
	assert_non_null(strstr(diag.text, "no-such-folder/report.json: "));
	assert_non_null(strstr(diag.text, "No such file or directory"));
	assert_null(output.file);
	diag.text[0] = '\0';
	assert_int_equal(fa_output_open(&output, place->folder, &diag), FA_EINVAL);
	assert_non_null(strstr(diag.text, "is a folder"));
}

/*
 * A pipe of our own, never a device of the machine: if the program took it for a regular file, it
 * would put one in its place.
 */
static void what_is_no_file_is_written_directly(void **state)
{
	struct place *place = *state;
	struct fa_output output;
	struct fa_diag diag = {{0}};
	struct stat status;
	char got[8] = "";
	int reader;

	assert_int_equal(mkfifo(place->path, 0600), 0);
	reader = open(place->path, O_RDONLY | O_NONBLOCK);
	assert_true(reader >= 0);
	assert_int_equal(fa_output_open(&output, place->path, &diag), 0);
	fputs("text", output.file);
	assert_int_equal(fa_output_commit(&output, &diag), 0);
	assert_int_equal(lstat(place->path, &status), 0);
	assert_true(S_ISFIFO(status.st_mode));
	assert_int_equal(read(reader, got, sizeof(got) - 1), 4);
	assert_string_equal(got, "text");
	close(reader);
}

/* No room: a limit on the size of files stands in for a full disk. */
static void no_room_is_an_error_and_leaves_the_old_file(void **state)
{
	struct place *place = *state;
	struct fa_output output;
	struct fa_diag diag = {{0}};
	struct rlimit old;
	struct rlimit small;
	int err;

	write_file(place->path, "old");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 1;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	err = fa_output_open(&output, place->path, &diag);
	if (err == 0) {
		fputs("more than one byte", output.file);
		err = fa_output_commit(&output, &diag);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(err, FA_EFULL);
	assert_non_null(strstr(diag.text, "report.json: cannot write: File too large"));
	assert_string_equal(contents(place->path), "old");
	assert_int_equal(entries(place->folder), 1);
}

static void standard_output_is_left_open(void **state)
{
	struct fa_output output;
	struct fa_diag diag = {{0}};

	(void)state;
	assert_int_equal(fa_output_open(&output, "-", &diag), 0);
	assert_ptr_equal(output.file, stdout);
	assert_int_equal(fa_output_commit(&output, &diag), 0);
	assert_true(fcntl(STDOUT_FILENO, F_GETFD) != -1);
}

/* A child that writes, and ends by the signal; returns its wait status. */
static int killed_while_writing(const char *path, int signum)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		struct fa_output output;

		if (fa_output_open(&output, path, NULL) != 0)
			_exit(3);
		raise(signum);
		_exit(4);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void a_signal_leaves_nothing(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct place *place = *state;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		int status = killed_while_writing(place->path, signals[i]);

		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i]);
		assert_int_equal(entries(place->folder), 0);
	}
}

static void handlers_are_put_back(void **state)
{
	struct place *place = *state;
	struct fa_output one;
	struct fa_output two;
	struct sigaction action;
	char other[96];

	snprintf(other, sizeof(other), "%s/other", place->folder);
	assert_int_equal(fa_output_open(&one, place->path, NULL), 0);
	assert_int_equal(fa_output_open(&two, other, NULL), 0);
	assert_int_equal(fa_output_commit(&one, NULL), 0);
	assert_int_equal(sigaction(SIGTERM, NULL, &action), 0);
	assert_true(action.sa_handler != SIG_DFL);
	fa_output_abort(&two);
	assert_int_equal(sigaction(SIGTERM, NULL, &action), 0);
	assert_true(action.sa_handler == SIG_DFL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(appears_only_when_complete, set_up, tear_down),
		cmocka_unit_test_setup_teardown(abort_leaves_the_old_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keeps_permissions_and_links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(says_why_it_cannot, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_written_directly, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(no_room_is_an_error_and_leaves_the_old_file, set_up,
						tear_down),
		cmocka_unit_test(standard_output_is_left_open),
		cmocka_unit_test_setup_teardown(a_signal_leaves_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(handlers_are_put_back, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("report output", tests, NULL, NULL);
}
