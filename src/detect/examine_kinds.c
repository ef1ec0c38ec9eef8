#include "detect/binaries.h"
#include "detect/examine_priv.h"
#include "detect/host_logs.h"
#include "detect/inventory.h"
#include "detect/network.h"

typedef wd_status (*detector)(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                              const wd_sink *sink, wd_err *err);

typedef struct reader_of_kind {
    detector read;
    bool makes_file; /* gives a WD_OBS_FILE of the item itself */
} reader_of_kind;

static const reader_of_kind readers[WD_KIND_COUNT] = {
    [WD_KIND_EVTX] = {wd_detect_evtx, false},
    [WD_KIND_EVENT_JSON] = {wd_detect_eventjson, false},
    [WD_KIND_EVENT_XML] = {wd_detect_eventxml, false},
    [WD_KIND_AUDITD] = {wd_detect_auditd, false},
    [WD_KIND_ASSETS] = {wd_detect_assets, false},
    [WD_KIND_PE] = {wd_detect_pe, true},
    [WD_KIND_ICO] = {wd_detect_icon, true},
    [WD_KIND_PNG] = {wd_detect_icon, true},
    [WD_KIND_MSI] = {wd_detect_msi, true},
    [WD_KIND_PCAP] = {wd_detect_capture, false},
    [WD_KIND_PCAPNG] = {wd_detect_capture, false},
    [WD_KIND_ZEEK] = {wd_detect_zeek, false},
    [WD_KIND_EVE] = {wd_detect_eve, false},
    [WD_KIND_DNS_LOG] = {wd_detect_dnslog, false},
    [WD_KIND_PROXY_LOG] = {wd_detect_proxylog, false},
};

/* Kinds that hold evidence which nobody here opens: said, with the way out. */
static const char *closed_kind(wd_kind kind)
{
    switch ((int) kind) {
    case WD_KIND_RAR: return "RAR archives are not opened; unpack it and give the folder";
    case WD_KIND_DMG: return "disk images are not opened; mount it and give the folder";
    case WD_KIND_ISO: return "disk images are not opened; mount it and give the folder";
    case WD_KIND_XAR: return "XAR packages are not opened; unpack it and give the folder";
    default: return NULL;
    }
}

static const char *other_kind(wd_kind kind)
{
    switch ((int) kind) {
    case WD_KIND_EMPTY: return "no bytes";
    case WD_KIND_OTHER: return "bytes of no kind that is read here";
    case WD_KIND_TEXT: return "text without records of a kind that is read here";
    case WD_KIND_JSON:
    case WD_KIND_XML: return "structured text without records of a kind that is read here";
    case WD_KIND_INDICATORS:
    case WD_KIND_STIX:
    case WD_KIND_MISP: return "a list of indicators, not evidence; use it with --intel";
    default: return "hashed; this kind is not taken apart";
    }
}

bool wd_examine_makes_file(wd_kind kind)
{
    return readers[kind].makes_file;
}

static void set(wd_frame *f, wd_item_status status, wd_slice why)
{
    f->report.status = status;
    f->report.why = why;
}

/* A detector that gave up: its error becomes damage of the member, or a limit. */
static wd_status gave_up(wd_frame *f, wd_status code, const wd_err *err)
{
    bool limit = code == WD_E_NOMEM || code == WD_E_LIMIT;
    wd_slice why = code == WD_E_NOMEM ? WD_S("needs more memory than one item may have")
                                      : wd_arena_copy(f->session->arena, wd_slice_str(err->text));
    if (why.len == 0) {
        why = wd_slice_str(wd_status_name(code));
    }
    WD_TRY(wd_frame_note(f, limit ? WD_OBS_LIMIT : WD_OBS_DAMAGE, err->offset, why));
    set(f, f->found_something ? WD_ITEM_PARTIAL : WD_ITEM_UNREADABLE, why);
    return WD_OK;
}

wd_status wd_examine_kind(wd_frame *f)
{
    detector read = readers[f->kind].read;
    wd_err err = {.offset = WD_NO_OFFSET};
    if (read == NULL) {
        const char *why = closed_kind(f->kind);
        if (why != NULL) {
            set(f, WD_ITEM_UNREADABLE, wd_slice_str(why));
        } else {
            set(f, WD_ITEM_OTHER, wd_slice_str(other_kind(f->kind)));
        }
        return WD_OK;
    }
    wd_status s = read(f->session->engine, &f->item, f->arena, &f->sink, &err);
    if (s == WD_OK || f->session->out->failed) {
        return s;
    }
    return gave_up(f, s, &err);
}
