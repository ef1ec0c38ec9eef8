#include "make/ex_product.h"

#include <string.h>

#define WINDOWS "Microsoft\xc2\xae Windows\xc2\xae Operating System"
#define MICROSOFT "Microsoft Corporation"
#define BUILD "10.0.19041.2364 (WinBuild.160101.0800)"
#define SYSTEM32 "C:\\Windows\\System32\\"
#define GIT_FOLDER "C:\\Program Files\\Git\\mingw64\\libexec\\git-core\\"

static const ex_program programs[EX_PROGRAMS] = {
    [EX_CHROME] = {"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe", "111.0.5563.65",
                   "Google Chrome", "Google Chrome", "Google LLC", "chrome.exe", "Google LLC",
                   NULL},
    [EX_EDGE] = {"C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
                 "111.0.1661.44", "Microsoft Edge", "Microsoft Edge", MICROSOFT, "msedge.exe",
                 MICROSOFT, NULL},
    [EX_OUTLOOK] = {"C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
                    "16.0.16130.20306", "Microsoft Outlook", "Microsoft Outlook", MICROSOFT,
                    "Outlook.exe", MICROSOFT, NULL},
    [EX_EXCEL] = {"C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE",
                  "16.0.16130.20306", "Microsoft Excel", "Microsoft Office", MICROSOFT, "Excel.exe",
                  MICROSOFT, NULL},
    [EX_SVCHOST] = {SYSTEM32 "svchost.exe", "10.0.19041.1806 (WinBuild.160101.0800)",
                    "Host Process for Windows Services", WINDOWS, MICROSOFT, "svchost.exe",
                    "Microsoft Windows Publisher", NULL},
    [EX_DEFENDER] = {"C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.2302.7-0\\"
                     "MsMpEng.exe",
                     "4.18.2302.7", "Antimalware Service Executable", WINDOWS, MICROSOFT,
                     "MsMpEng.exe", "Microsoft Windows Publisher", NULL},
    [EX_MSIEXEC] = {SYSTEM32 "msiexec.exe", "5.0.19041.2193 (WinBuild.160101.0800)",
                    "Windows\xc2\xae installer", "Windows Installer - Unicode", MICROSOFT,
                    "msiexec.exe", "Microsoft Windows", NULL},
    [EX_CMD] = {SYSTEM32 "cmd.exe", BUILD, "Windows Command Processor", WINDOWS, MICROSOFT,
                "Cmd.Exe", "Microsoft Windows", NULL},
    [EX_WHOAMI] = {SYSTEM32 "whoami.exe", "10.0.19041.1 (WinBuild.160101.0800)",
                   "whoami - displays logged on user information", WINDOWS, MICROSOFT, "whoami.exe",
                   "Microsoft Windows", NULL},
    [EX_IPCONFIG] = {SYSTEM32 "ipconfig.exe", "10.0.19041.1 (WinBuild.160101.0800)",
                     "IP Configuration Utility", WINDOWS, MICROSOFT, "ipconfig.exe",
                     "Microsoft Windows", NULL},
    [EX_NET] = {SYSTEM32 "net.exe", "10.0.19041.1 (WinBuild.160101.0800)", "Net Command", WINDOWS,
                MICROSOFT, "net.exe", "Microsoft Windows", NULL},
    [EX_GIT] = {GIT_FOLDER "git-remote-https.exe", "2.39.2.1", "Git for Windows", "Git",
                "The Git Development Community", "git.exe", "Johannes Schindelin", NULL},
    [EX_CURL] = {SYSTEM32 "curl.exe", "7.83.1", "The curl executable", "The curl executable",
                 "curl, https://curl.se/", "curl.exe", "Microsoft Windows", NULL},
    [EX_VSCODE] = {"C:\\Users\\%U\\AppData\\Local\\Programs\\Microsoft VS Code\\Code.exe", "1.76.2",
                   "Visual Studio Code", "Visual Studio Code", MICROSOFT, "electron.exe", MICROSOFT,
                   NULL},
    [EX_COMODO] = {"C:\\Program Files\\COMODO\\COMODO Internet Security\\cis.exe", "12.2.2.8012",
                   "COMODO Internet Security", "COMODO Internet Security", "COMODO", "cis.exe",
                   "Comodo Security Solutions, Inc.", NULL},
    [EX_COMODO_GUARD] = {SYSTEM32 "guard64.dll", "12.2.2.8012", "COMODO Internet Security",
                         "COMODO Internet Security", "COMODO", "guard64.dll",
                         "Comodo Security Solutions, Inc.", NULL},
};

const ex_program *ex_program_of(ex_known which)
{
    return &programs[which];
}

/* The phone program and its two libraries, by version. Hashes of the altered versions are the
 * published ones; the programs themselves were genuine. */
typedef struct release {
    const char *version;
    const char *program, *media, *compiler; /* SHA-256; NULL: made up */
    const char *media_signer;
} release;

static const release releases[] = {
    {"18.12.407", "DDE03348075512796241389DFEA5560C20A3D2A2EAC95C894E7BBED5E85A0ACC",
     "C485674EE63EC8D4E8FDE9800788175A8B02D3F9416D0E763360FFF7F8EB4E02",
     "11BE1803E2E307B647A8A7E02D128335C448FF741BF06BF52B332E0BBF423B03", "3CX Ltd"},
    {"18.12.416", "FAD482DED2E25CE9E1DD3D3ECC3227AF714BDFBBDE04347DBC1B21D6A3670405",
     "7986BBAEE8940DA11CE089383521AB420C443AB7B15ED42AED91FD31CE833896",
     "11BE1803E2E307B647A8A7E02D128335C448FF741BF06BF52B332E0BBF423B03", NULL},
    {"", NULL, NULL, "5653BC7B0E2701561464EF36602FF6171C96BFFE96E4C3597359CD7ADDCBA88A",
     "3CX Ltd"}, /* any other */
};

static const release *release_of(const ex_host *h)
{
    const release *r = releases;

    while (r->version[0] != '\0' && strcmp(r->version, h->version) != 0) {
        r++;
    }
    return r;
}

static const ex_program *phone_program(const ex_host *h)
{
    ex_program *p = EX_NEW(h->world->arena, ex_program);

    *p = (ex_program){EX_APP "3CXDesktopApp.exe",
                      h->version,
                      "3CX Desktop App",
                      "3CX Desktop App",
                      "3CX Ltd.",
                      "3CXDesktopApp.exe",
                      "3CX Ltd",
                      release_of(h)->program};
    return p;
}

static const ex_program *media_library(const ex_host *h)
{
    const release *r = release_of(h);
    ex_program *p = EX_NEW(h->world->arena, ex_program);

    *p = (ex_program){EX_APP "ffmpeg.dll", "-", "-", "-", "-", "-", r->media_signer, r->media};
    return p;
}

static const ex_program *compiler_library(const ex_host *h)
{
    ex_program *p = EX_NEW(h->world->arena, ex_program);

    *p = (ex_program){EX_APP "d3dcompiler_47.dll",
                      "10.0.20348.1 (WinBuild.160101.0800)",
                      "Direct3D HLSL Compiler",
                      WINDOWS,
                      MICROSOFT,
                      "d3dcompiler_47.dll",
                      MICROSOFT,
                      release_of(h)->compiler};
    return p;
}

void ex_go(ex_host *h, const ex_process *p, const ex_visit *v)
{
    if (p != NULL && !v->cached) {
        ex_hostlog_query(h, v->at, p, v->name);
    }
    if (!wd_slice_ends(wd_slice_str(v->name), WD_S(".example"))) {
        ex_zeek_visit(h, v); /* the sensor stands at the way out */
    }
}

unsigned ex_day_of(wd_time at)
{
    return (unsigned) ((at - ex_time(EX_FIRST_DAY)) / WD_TICKS_PER_DAY);
}

const ex_process *ex_phone_at(const ex_host *h, wd_time at)
{
    for (unsigned day = ex_day_of(at) + 1; day > 0; day--) {
        if (h->phone[day - 1] != NULL) {
            return h->phone[day - 1];
        }
    }
    ex_die("%s: the phone program does not run", h->name);
}

static const char *telephone_system(const ex_host *h)
{
    static const struct {
        const char *country, *name;
    } systems[] = {{"SG", "pbx.sg.example"}, {"CH", "pbx.zug.example"}, {"US", "pbx.us.example"}};

    for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++) {
        if (strcmp(h->country, systems[i].country) == 0) {
            return systems[i].name;
        }
    }
    return "pbx.corp.example";
}

void ex_phone_start(ex_host *h, wd_time at)
{
    ex_process *p = ex_hostlog_start(h, at, phone_program(h), "--autoLaunch", NULL);
    ex_visit call = {.at = ex_plus(at, 4.2),
                     .name = telephone_system(h),
                     .port = 443,
                     .ja3 = "electron 19",
                     .out = 4210,
                     .in = 9800,
                     .seconds = 611.4};

    h->phone[ex_day_of(at)] = p;
    ex_hostlog_load(h, ex_plus(at, 0.4), p, media_library(h));
    if (ex_day_of(at) % 7 == 0 || at - h->t_installed < WD_TICKS_PER_DAY / 24) {
        ex_hostlog_load(h, ex_plus(at, 1.1), p, compiler_library(h));
    }
    ex_go(h, p, &call);
}

void ex_phone_install(ex_host *h)
{
    wd_arena *arena = h->world->arena;
    wd_time at = h->t_installed;
    const ex_process *installer = NULL;

    if (at == WD_NO_TIME || at < ex_time(EX_FIRST_DAY)) {
        return;
    }
    installer = ex_hostlog_start(
        h, ex_plus(at, -14), &programs[EX_MSIEXEC],
        ex_fmt(arena, "/i \"C:\\Users\\%s\\Downloads\\3CXDesktopApp-%s.msi\"", "%U", h->version),
        NULL);
    ex_hostlog_create(h, at, installer, EX_APP "3CXDesktopApp.exe");
    ex_hostlog_create(h, ex_plus(at, 0.2), installer, EX_APP "ffmpeg.dll");
    ex_hostlog_create(h, ex_plus(at, 0.3), installer, EX_APP "d3dcompiler_47.dll");
    ex_phone_start(h, ex_plus(at, 31));
}
