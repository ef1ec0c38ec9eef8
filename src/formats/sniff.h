#ifndef WD_FORMATS_SNIFF_H
#define WD_FORMATS_SNIFF_H

#include "core/slice.h"

/*
 * What kind of evidence some bytes are. Content decides; the name is only a hint where the content
 * allows several readings (a one-column CSV, a gzip without a name). A file whose name lies is
 * therefore examined as what it is.
 */
typedef enum wd_kind {
    WD_KIND_OTHER, /* bytes that no reader here takes; accounted for, not an error */
    WD_KIND_EMPTY, /* no bytes at all */
    WD_KIND_TEXT,  /* readable text, no kind of record known here */

    WD_KIND_PE,    /* MZ with a PE header */
    WD_KIND_ELF,   /* 7f 45 4c 46 */
    WD_KIND_MACHO, /* thin or fat, all four magics */
    WD_KIND_MSI,   /* compound file (MS-CFB): MSI, MSP, old Office */
    WD_KIND_ICO,   /* 00 00 01 00 with a sane directory */
    WD_KIND_PNG,

    WD_KIND_ZIP, /* containers: formats/archive.h opens those up to WD_KIND_LAST_ARCHIVE */
    WD_KIND_GZIP,
    WD_KIND_XZ,
    WD_KIND_ZSTD,
    WD_KIND_BZIP2,
    WD_KIND_TAR,
    WD_KIND_7Z,
    WD_KIND_CAB,
    WD_KIND_DEB, /* ar(1) whose first member is debian-binary */
    WD_KIND_AR,
    WD_KIND_RPM,
    WD_KIND_RAR, /* known, not opened: reported as unreadable, with the way out */
    WD_KIND_DMG,
    WD_KIND_XAR,
    WD_KIND_ISO,

    WD_KIND_EVTX,
    WD_KIND_EVENT_JSON, /* Windows or Sysmon events as JSON or JSON lines */
    WD_KIND_EVENT_XML,
    WD_KIND_AUDITD,
    WD_KIND_PCAP,
    WD_KIND_PCAPNG,
    WD_KIND_ZEEK, /* TSV with #separator/#fields, or Zeek's JSON */
    WD_KIND_EVE,
    WD_KIND_DNS_LOG, /* plain query logs: dnsmasq, BIND, unbound, Windows DNS debug */
    WD_KIND_PROXY_LOG,

    WD_KIND_ASSETS, /* asset list CSV: header line with host and addresses, product or version */
    WD_KIND_INDICATORS, /* CSV of indicators: header line with type/value or the like */
    WD_KIND_STIX,       /* STIX 2.x bundle */
    WD_KIND_MISP,
    WD_KIND_JSON, /* any other JSON */
    WD_KIND_XML,  /* any other XML */

    WD_KIND_COUNT
} wd_kind;

/** Kind of the bytes. `name` is the file or member name as found; it may be empty. Reads at most
 * the first WD_MAX_SNIFF bytes, for tar the first 512, for dmg the last 512. */
wd_kind wd_sniff(wd_slice name, wd_slice data);

/** Stable name as in reports and on the wire ("pe", "eventjson"); never NULL. */
const char *wd_kind_name(wd_kind k);
/** The kind of that name; false when there is none. */
bool wd_kind_parse(wd_slice name, wd_kind *out);
/** True for kinds that formats/archive.h opens. */
bool wd_kind_is_archive(wd_kind k);

#endif
