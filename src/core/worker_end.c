#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "core/workers_priv.h"

static const char *signal_words(int sig, bool shrank)
{
    switch (sig) {
    case SIGSYS: return "a system call that the sandbox forbids (SIGSYS)";
    case SIGKILL: return "SIGKILL, perhaps for want of memory";
    case SIGBUS:
        return shrank ? "the file shrank while it was read"
                      : "SIGBUS, the file could not be read to its end";
    default: return NULL;
    }
}

static void explain_signal(int sig, const char *words, char *out, size_t size)
{
    const char *name = sigabbrev_np(sig);
    if (words != NULL) {
        snprintf(out, size, "the reader was stopped: %s", words);
    } else {
        snprintf(out, size, "the reader crashed (SIG%s)", name == NULL ? "?" : name);
    }
}

void wd_worker_explain(int status, bool shrank, unsigned cpu_seconds, char *out, size_t size)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) {
        snprintf(out, size, "no end after %u s of processor time", cpu_seconds);
    } else if (WIFSIGNALED(status)) {
        explain_signal(WTERMSIG(status), signal_words(WTERMSIG(status), shrank), out, size);
    } else if (WEXITSTATUS(status) == WD_WORKER_NO_MEMORY) {
        snprintf(out, size, "needs more memory than one item may have");
    } else {
        snprintf(out, size, "the reader ended without an answer (exit %d)", WEXITSTATUS(status));
    }
}
