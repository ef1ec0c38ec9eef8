#ifndef WD_TESTS_MAKE_EX_PRODUCT_H
#define WD_TESTS_MAKE_EX_PRODUCT_H

#include "make/ex_hostlog.h"
#include "make/ex_zeek.h"

/*
 * The programs of the example and what they do on the network: each step leaves its records in the
 * host's log and at the sensor, as far as the host has the one and is behind the other.
 */

typedef enum ex_known {
    EX_CHROME,
    EX_EDGE,
    EX_OUTLOOK,
    EX_EXCEL,
    EX_SVCHOST,
    EX_DEFENDER,
    EX_MSIEXEC,
    EX_CMD,
    EX_WHOAMI,
    EX_IPCONFIG,
    EX_NET,
    EX_GIT,
    EX_CURL,
    EX_VSCODE,
    EX_COMODO,
    EX_COMODO_GUARD,
    EX_PROGRAMS
} ex_known;

const ex_program *ex_program_of(ex_known which);

/** Folder of the phone program, with "%U" for the person. */
#define EX_APP "C:\\Users\\%U\\AppData\\Local\\Programs\\3CXDesktopApp\\app\\"
/** User agent that the altered library sends, whatever version it sits in. */
#define EX_PHONE_AGENT                                                                  \
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) " \
    "3CXDesktopApp/18.11.1197 Chrome/102.0.5005.167 Electron/19.1.9 Safari/537.36"

/** A look-up by a process and the connection that follows. `p` may be NULL when no host log is
 * kept. */
void ex_go(ex_host *h, const ex_process *p, const ex_visit *v);

/** Installs the product at its time of installation and starts it. */
void ex_phone_install(ex_host *h);
/** Starts the phone program: process, its libraries, the look-up of the firm's telephone system. */
void ex_phone_start(ex_host *h, wd_time at);
/** The phone program that ran at a moment; ends the program when none did. */
const ex_process *ex_phone_at(const ex_host *h, wd_time at);
/** Days since EX_FIRST_DAY. */
unsigned ex_day_of(wd_time at);

/** A month of ordinary work on every host. */
void ex_daily(ex_host *h);
/** What the attackers did: nothing in the benign twin. */
void ex_story(ex_world *w);
/** The decoys: ordinary things that look like the attack. */
void ex_decoys(ex_world *w);

#endif
