#include "make/ex_files.h"

#include <stdio.h>

#include "make/pe_builder.h"
#include "make/sign_pe.h"

#define APP "3CXDesktopApp/app/"

/* One release of the vendor. */
typedef struct delivery {
    const char *version;
    const char *built;
    bool altered;
} delivery;

static const delivery bad = {"18.12.416", "2023-03-13T06:33:26Z", true};
static const delivery fixed = {"18.12.425", "2023-04-02T14:20:00Z", false};
static const delivery old = {"18.11.1197", "2022-11-23T10:05:00Z", false};

typedef struct signers {
    make_signer *vendor;
    make_signer *library;
} signers;

static uint32_t unix_time(const char *iso)
{
    return (uint32_t) (ex_time(iso) / WD_TICKS_PER_SECOND);
}

static void sign(wd_buf *file, const make_signer *by, const char *at)
{
    make_sign_options options = {.signed_at = unix_time(at)};

    if (!make_sign_pe(file, by, &options)) {
        ex_die("cannot sign");
    }
    make_pe_fix_checksum(file);
}

static void add_program(ex_zip *z, const delivery *d, const signers *s)
{
    wd_buf file = {0};
    char version[32];
    make_pe_spec spec = {.timestamp = unix_time(d->built),
                         .imports = {{"KERNEL32.dll", "GetModuleHandleW", false},
                                     {"USER32.dll", "LoadIconW", false},
                                     {"ffmpeg.dll", "av_malloc", false}},
                         .product = "3CX Desktop App",
                         .company = "3CX Ltd.",
                         .description = "3CX Desktop App",
                         .original_name = "3CXDesktopApp.exe",
                         .version = version,
                         .filler = 3000,
                         .seed = 11};

    (void) snprintf(version, sizeof version, "%s.0", d->version);
    if (!make_pe(&spec, &file)) {
        ex_die("out of memory");
    }
    sign(&file, s->vendor, d->built);
    ex_zip_add(z, APP "3CXDesktopApp.exe", wd_buf_slice(&file));
    wd_buf_free(&file);
}

/* Altered: no signature, and it names the library beside it, whose hidden part it would read. */
static void add_media_library(ex_zip *z, const delivery *d, const signers *s)
{
    wd_buf file = {0};
    make_pe_spec clean = {.dll = true,
                          .timestamp = unix_time("2022-05-24T08:00:00Z"),
                          .imports = {{"KERNEL32.dll", "HeapAlloc", false}},
                          .module_name = "ffmpeg.dll",
                          .exports = {"av_malloc", "av_free", "avcodec_open2"},
                          .filler = 2000,
                          .seed = 12};
    make_pe_spec spec = clean;

    if (d->altered) {
        spec.timestamp = unix_time("2022-11-12T04:12:14Z");
        spec.imports[1] = (make_pe_import){"KERNEL32.dll", "CreateFileW", false};
        spec.imports[2] = (make_pe_import){"KERNEL32.dll", "CreateEventW", false};
        spec.imports[3] = (make_pe_import){"KERNEL32.dll", "VirtualProtect", false};
        spec.mentions = "d3dcompiler_47.dll";
    }
    if (!make_pe(&spec, &file)) {
        ex_die("out of memory");
    }
    if (!d->altered) {
        sign(&file, s->vendor, d->built);
    }
    ex_zip_add(z, APP "ffmpeg.dll", wd_buf_slice(&file));
    wd_buf_free(&file);
}

/* Altered: still validly signed by its own publisher, with 64 KiB of noise behind a marker in the
 * certificate table, where the signature does not look. */
static void add_compiler_library(ex_zip *z, const delivery *d, const signers *s)
{
    static const uint8_t marker[8] = {0xfe, 0xed, 0xfa, 0xce, 0xfe, 0xed, 0xfa, 0xce};
    wd_buf file = {0};
    wd_buf hidden = {0};
    make_pe_spec spec = {.dll = true,
                         .timestamp = unix_time("2022-03-01T00:00:00Z"),
                         .imports = {{"KERNEL32.dll", "HeapAlloc", false}},
                         .module_name = "d3dcompiler_47.dll",
                         .exports = {"D3DCompile", "D3DReflect", "D3DDisassemble"},
                         .product = "Microsoft Windows Operating System",
                         .company = "Microsoft Corporation",
                         .description = "Direct3D HLSL Compiler",
                         .original_name = "d3dcompiler_47.dll",
                         .version = "10.0.20348.1",
                         .filler = 2000,
                         .seed = 13};

    if (!make_pe(&spec, &file)) {
        ex_die("out of memory");
    }
    sign(&file, s->library, "2022-03-02T00:00:00Z");
    if (d->altered) {
        wd_buf_add(&hidden, wd_slice_of(marker, sizeof marker));
        make_noise(&hidden, 20230329, 65536);
        (void) make_grow_entry(&file, wd_buf_slice(&hidden));
        wd_buf_free(&hidden);
    }
    ex_zip_add(z, APP "d3dcompiler_47.dll", wd_buf_slice(&file));
    wd_buf_free(&file);
}

static void write_package(const ex_world *w, const delivery *d, const signers *s)
{
    ex_zip z = {.at = ex_time(d->built)};

    add_program(&z, d, s);
    add_media_library(&z, d, s);
    add_compiler_library(&z, d, s);
    ex_zip_end(&z);
    ex_write_buf(w->options.folder, ex_fmt(w->arena, "packages/3CXDesktopApp-%s.zip", d->version),
                 &z.body);
}

void ex_write_packages(const ex_world *w)
{
    signers s = {make_signer_new("3CX Ltd"), make_signer_new("Microsoft Corporation")};

    if (s.vendor == NULL || s.library == NULL) {
        ex_die("cannot make signers");
    }
    if (w->options.benign) {
        write_package(w, &old, &s);
    } else {
        write_package(w, &bad, &s);
    }
    if (!w->options.benign && w->options.cut_days == 0) {
        write_package(w, &fixed, &s);
    }
    make_signer_free(s.vendor);
    make_signer_free(s.library);
}
