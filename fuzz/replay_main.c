/*
 * Replays a corpus folder through a fuzz target with any compiler, as one TAP case a file. Every
 * crash ever found becomes a file there, so it is tried again in each ordinary test run.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static int skip_dots(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static uint8_t *read_all(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) {
        if (f != NULL) {
            fclose(f);
        }
        return NULL;
    }
    long size = ftell(f);
    rewind(f);
    uint8_t *bytes = size < 0 ? NULL : malloc((size_t) size + 1);
    *len = bytes == NULL ? 0 : fread(bytes, 1, (size_t) size, f);
    fclose(f);
    return bytes;
}

int main(int argc, char **argv)
{
    struct dirent **names = NULL;
    int n = argc < 2 ? -1 : scandir(argv[1], &names, skip_dots, alphasort);
    if (n <= 0) {
        printf("1..0 # SKIP no corpus\n");
        return 0;
    }
    printf("1..%d\n", n);
    for (int i = 0; i < n; i++) {
        char path[4096];
        size_t len = 0;
        snprintf(path, sizeof path, "%s/%s", argv[1], names[i]->d_name);
        uint8_t *bytes = read_all(path, &len);
        if (bytes != NULL) {
            /* An exact-size copy, so that a read past the end is seen by the sanitizer. */
            uint8_t *exact = malloc(len == 0 ? 1 : len);
            for (size_t k = 0; exact != NULL && k < len; k++) {
                exact[k] = bytes[k];
            }
            if (exact != NULL) {
                LLVMFuzzerTestOneInput(exact, len);
            }
            free(exact);
        }
        printf("%s %d - %s\n", bytes == NULL ? "not ok" : "ok", i + 1, names[i]->d_name);
        fflush(stdout);
        free(bytes);
        free(names[i]);
    }
    free(names);
    return 0;
}
