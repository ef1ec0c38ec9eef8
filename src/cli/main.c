#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/session.h"

typedef struct command {
    const char *name;
    int (*run)(const wd_options *o);
    const char *words;
    const char *about;
} command;

static const command commands[] = {
    {"investigate", wd_cmd_investigate, "[-o CASE] EVIDENCE...",
     "the main job: evidence to a case with the five answers"},
    {"scan", wd_cmd_scan, "PATH...", "what is inside files and packages"},
    {"events", wd_cmd_events, "LOG...",
     "what happened on hosts (Sigma and own rules); --records: every record"},
    {"who", wd_cmd_who, "CASE | --techniques T,..",
     "who did it, how sure, and what would change that"},
    {"kb", wd_cmd_kb, "show|search|import|check", "what the program knows of actors and attacks"},
    {"traffic", wd_cmd_traffic, "CAPTURE|LOG...", "who talked to what; --facts: every fact"},
    {"explain", wd_cmd_explain, "CASE ID", "what a finding or an evidence id rests on"},
    {"export", wd_cmd_export, "CASE FORMAT",
     "a case for other tools (export CASE lists the formats)"},
    {"demo", wd_cmd_demo, "", "investigate the bundled example"},
    {"doctor", wd_cmd_doctor, "", "what this build and machine offer"},
    {"version", wd_cmd_version, "", "version of the program and its knowledge"},
};

static void help(FILE *to)
{
    fputs("whodunit - a trusted vendor's update was altered: was I hit, how, what, who, what "
          "now?\n\n",
          to);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        fprintf(to, "  whodunit %-11s %-22s %s\n", commands[i].name, commands[i].words,
                commands[i].about);
    }
    fputs("\nOptions of the examining commands:\n"
          "  -o CASE               case folder to make (must not exist or be empty)\n"
          "  --json | --jsonl      one document, or a stream of lines, on stdout\n"
          "  -q | -v               one line | decisions as well\n"
          "  --fail-on LEVEL       exit 1 at this severity or above (default high)\n"
          "  --sigma DIR           more Sigma rules; --no-builtin-rules leaves ours out\n"
          "  --intel FILE          indicators: STIX, MISP, CSV or a plain list; may be repeated\n"
          "  --kb FILE             more campaign packs; --no-builtin-knowledge leaves ours out\n"
          "  --assets FILE         asset list (CSV)\n"
          "  --since T --until T   time bounds (UTC)\n"
          "  --jobs N              worker processes (default: one per processor)\n"
          "  --require-sandbox     stop when the workers' sandbox is not complete\n"
          "\nOptions of who:\n"
          "  --techniques T1195.002,...  --software S0584,...   what was observed\n"
          "  --evidence FILE       further evidence, one JSON object a line\n"
          "  --hold-out ID,...     reports or campaigns that the knowledge must forget\n"
          "  --unknown-prior P     probability that the actor is in no knowledge base (0.3)\n"
          "  --incidents FILE --reports FILE --protocol a|b|c|d --track t|ts --variant NAME\n"
          "                        a benchmark, one line of JSON an incident\n"
          "\n"
          "  --tlp LABEL           CLEAR, GREEN, AMBER, AMBER+STRICT or RED\n"
          "\nExit: 0 nothing at or above --fail-on; 1 found; 2 usage; 3 nothing found but the "
          "evidence is\n"
          "incomplete; 4 could not finish; 130 or 143 interrupted. Manual: man whodunit\n",
          to);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        help(stderr);
        return WD_EXIT_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0) {
        help(stdout);
        return WD_EXIT_NOTHING;
    }
    const char *name = strcmp(argv[1], "--version") == 0 ? "version" : argv[1];
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) != 0) {
            continue;
        }
        wd_arena *arena = wd_arena_new(1U << 20);
        wd_options o;
        int code = WD_EXIT_USAGE;
        if (arena != NULL && wd_options_parse(&o, argc, argv, arena) == WD_OK) {
            if (o.help) {
                help(stdout);
                code = WD_EXIT_NOTHING;
            } else {
                code = commands[i].run(&o);
            }
        }
        wd_arena_free(arena);
        return code;
    }
    fprintf(stderr, "whodunit: unknown command '%s'; see whodunit help\n", argv[1]);
    return WD_EXIT_USAGE;
}
