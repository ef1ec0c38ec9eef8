#ifndef WD_TESTS_TEMP_FOLDER_H
#define WD_TESTS_TEMP_FOLDER_H

/* A folder that a test fills and that is removed afterwards. */

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testing.h"

enum { TEMP_PATH = 4096 };

static inline void temp_make(char out[static TEMP_PATH])
{
    const char *base = getenv("TMPDIR");
    snprintf(out, TEMP_PATH, "%s/wd-test-XXXXXX", base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(out));
    assert_int_equal(chmod(out, 0755), 0); /* so that a test may look at it as somebody else */
}

static inline int temp_remove_one(const char *path, const struct stat *st, int flag,
                                  struct FTW *place)
{
    (void) st;
    (void) flag;
    (void) place;
    return remove(path);
}

static inline void temp_remove(const char *path)
{
    nftw(path, temp_remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

static inline void temp_path(char out[static TEMP_PATH], const char *folder, const char *name)
{
    assert_true(snprintf(out, TEMP_PATH, "%s/%s", folder, name) < TEMP_PATH);
}

static inline void temp_folder(const char *folder, const char *name)
{
    char path[TEMP_PATH];
    temp_path(path, folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static inline void temp_file(const char *folder, const char *name, wd_slice bytes)
{
    char path[TEMP_PATH];
    temp_path(path, folder, name);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    close(fd);
}

static inline void temp_link(const char *folder, const char *name, const char *target)
{
    char path[TEMP_PATH];
    temp_path(path, folder, name);
    assert_int_equal(symlink(target, path), 0);
}

#endif
