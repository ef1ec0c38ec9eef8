#include "formats/sniff.h"

#include "core/cursor.h"
#include "core/limits.h"
#include "formats/sniff_text.h"

static const char *const names[WD_KIND_COUNT] = {
    [WD_KIND_OTHER] = "other",
    [WD_KIND_EMPTY] = "empty",
    [WD_KIND_TEXT] = "text",
    [WD_KIND_PE] = "pe",
    [WD_KIND_ELF] = "elf",
    [WD_KIND_MACHO] = "macho",
    [WD_KIND_MSI] = "msi",
    [WD_KIND_ICO] = "ico",
    [WD_KIND_PNG] = "png",
    [WD_KIND_ZIP] = "zip",
    [WD_KIND_GZIP] = "gzip",
    [WD_KIND_XZ] = "xz",
    [WD_KIND_ZSTD] = "zstd",
    [WD_KIND_BZIP2] = "bzip2",
    [WD_KIND_TAR] = "tar",
    [WD_KIND_7Z] = "7z",
    [WD_KIND_CAB] = "cab",
    [WD_KIND_DEB] = "deb",
    [WD_KIND_AR] = "ar",
    [WD_KIND_RPM] = "rpm",
    [WD_KIND_RAR] = "rar",
    [WD_KIND_DMG] = "dmg",
    [WD_KIND_XAR] = "xar",
    [WD_KIND_ISO] = "iso",
    [WD_KIND_EVTX] = "evtx",
    [WD_KIND_EVENT_JSON] = "eventjson",
    [WD_KIND_EVENT_XML] = "eventxml",
    [WD_KIND_AUDITD] = "auditd",
    [WD_KIND_PCAP] = "pcap",
    [WD_KIND_PCAPNG] = "pcapng",
    [WD_KIND_ZEEK] = "zeek",
    [WD_KIND_EVE] = "eve",
    [WD_KIND_DNS_LOG] = "dnslog",
    [WD_KIND_PROXY_LOG] = "proxylog",
    [WD_KIND_ASSETS] = "assets",
    [WD_KIND_INDICATORS] = "indicators",
    [WD_KIND_STIX] = "stix",
    [WD_KIND_MISP] = "misp",
    [WD_KIND_JSON] = "json",
    [WD_KIND_XML] = "xml",
};

const char *wd_kind_name(wd_kind k)
{
    return names[k];
}

bool wd_kind_parse(wd_slice name, wd_kind *out)
{
    for (size_t i = 0; i < WD_KIND_COUNT; i++) {
        if (wd_slice_eq(name, wd_slice_str(names[i]))) {
            *out = (wd_kind) i;
            return true;
        }
    }
    return false;
}

bool wd_kind_is_archive(wd_kind k)
{
    return k >= WD_KIND_ZIP && k <= WD_KIND_RPM;
}

/* --- magic numbers -------------------------------------------------------------------------- */

typedef struct magic {
    uint32_t at;
    wd_slice bytes;
    wd_kind kind;
} magic;

#define MAGIC(at, text, kind)                                         \
    {                                                                 \
        (at), {(const uint8_t *) ("" text), sizeof(text) - 1}, (kind) \
    }

/* Fixed bytes at a fixed place; the first that fits wins. */
static const magic magics[] = {
    MAGIC(0,
          "\x7f"
          "ELF",
          WD_KIND_ELF),
    MAGIC(0, "\xfe\xed\xfa\xce", WD_KIND_MACHO),
    MAGIC(0, "\xfe\xed\xfa\xcf", WD_KIND_MACHO),
    MAGIC(0, "\xce\xfa\xed\xfe", WD_KIND_MACHO),
    MAGIC(0, "\xcf\xfa\xed\xfe", WD_KIND_MACHO),
    MAGIC(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", WD_KIND_MSI),
    MAGIC(0, "\x89PNG\r\n\x1a\n", WD_KIND_PNG),
    MAGIC(0, "PK\3\4", WD_KIND_ZIP),
    MAGIC(0, "PK\5\6", WD_KIND_ZIP),
    MAGIC(0, "PK\7\10PK\3\4", WD_KIND_ZIP),
    MAGIC(0, "\x1f\x8b\x08", WD_KIND_GZIP),
    MAGIC(0,
          "\xfd"
          "7zXZ\0",
          WD_KIND_XZ),
    MAGIC(0, "\x28\xb5\x2f\xfd", WD_KIND_ZSTD),
    MAGIC(0, "7z\xbc\xaf\x27\x1c", WD_KIND_7Z),
    MAGIC(0, "MSCF\0\0\0\0", WD_KIND_CAB),
    MAGIC(0, "!<arch>\ndebian-binary", WD_KIND_DEB),
    MAGIC(0, "!<arch>\n", WD_KIND_AR),
    MAGIC(0, "\xed\xab\xee\xdb", WD_KIND_RPM),
    MAGIC(0, "Rar!\x1a\x07", WD_KIND_RAR),
    MAGIC(0, "xar!", WD_KIND_XAR),
    MAGIC(0, "ElfFile\0", WD_KIND_EVTX),
    MAGIC(0, "ElfChnk\0", WD_KIND_EVTX),
    MAGIC(4096, "ElfChnk\0", WD_KIND_EVTX),
    MAGIC(0, "\xa1\xb2\xc3\xd4", WD_KIND_PCAP),
    MAGIC(0, "\xd4\xc3\xb2\xa1", WD_KIND_PCAP),
    MAGIC(0, "\xa1\xb2\x3c\x4d", WD_KIND_PCAP),
    MAGIC(0, "\x4d\x3c\xb2\xa1", WD_KIND_PCAP),
    MAGIC(0, "\xa1\xb2\xcd\x34", WD_KIND_PCAP),
    MAGIC(0, "\x34\xcd\xb2\xa1", WD_KIND_PCAP),
    MAGIC(0, "\x0a\x0d\x0d\x0a", WD_KIND_PCAPNG),
    MAGIC(257, "ustar", WD_KIND_TAR),
    MAGIC(32769, "CD001", WD_KIND_ISO),
};

static bool has_at(wd_slice data, uint32_t at, wd_slice bytes)
{
    return wd_slice_eq(wd_slice_sub(data, at, bytes.len), bytes);
}

static wd_kind sniff_magic(wd_slice data)
{
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (has_at(data, magics[i].at, magics[i].bytes)) {
            return magics[i].kind;
        }
    }
    return WD_KIND_OTHER;
}

/* --- kinds that want more than a magic number ------------------------------------------------- */

static bool named(wd_slice name, const char *const *endings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (wd_slice_ends_nocase(name, wd_slice_str(endings[i]))) {
            return true;
        }
    }
    return false;
}

/* MZ, and PE\0\0 where e_lfanew points; where that lies behind the end, the name has to help. */
static bool is_pe(wd_slice name, wd_slice data)
{
    static const char *const endings[] = {".exe", ".dll", ".sys", ".ocx", ".efi", ".scr"};
    bool ok = true;
    if (!has_at(data, 0, WD_S("MZ"))) {
        return false;
    }
    uint32_t at = wd_peek_u32le(data, 60, &ok);
    if (ok && at < data.len) {
        return has_at(data, at, WD_S("PE\0\0"));
    }
    return named(name, endings, sizeof endings / sizeof endings[0]);
}

/* Fat Mach-O shares its magic with Java classes, whose next number is 45 or more. */
static bool is_fat_macho(wd_slice data)
{
    wd_cursor c = wd_cursor_of(data, 0);
    uint32_t first = wd_u32be(&c);
    uint32_t slices = wd_u32be(&c);
    return !c.failed && (first == 0xcafebabe || first == 0xcafebabf) && slices > 0 && slices < 40;
}

/* Type 1, and a first entry that points behind the directory. */
static bool is_ico(wd_slice data)
{
    wd_cursor c = wd_cursor_of(data, 0);
    uint32_t type = wd_u32le(&c);
    uint32_t count = wd_u16le(&c);
    wd_skip(&c, 3);
    uint8_t reserved = wd_u8(&c);
    wd_skip(&c, 4);
    uint32_t len = wd_u32le(&c);
    uint32_t at = wd_u32le(&c);
    return !c.failed && type == 0x00010000 && count > 0 && reserved == 0 && len > 0 &&
           at >= 6 + 16 * count;
}

static bool is_bzip2(wd_slice data)
{
    return has_at(data, 0, WD_S("BZh")) && data.len >= 10 && data.ptr[3] >= '1' &&
           data.ptr[3] <= '9' &&
           (has_at(data, 4, WD_S("1AY&SY")) || has_at(data, 4, WD_S("\x17rE8P\x90")));
}

/* Tar without "ustar": the header's checksum, with its own field read as blanks. */
static bool is_old_tar(wd_slice data)
{
    uint64_t sum = 0;
    uint64_t stated = 0;
    if (data.len < 512 || data.ptr[0] == 0) {
        return false;
    }
    for (size_t i = 0; i < 512; i++) {
        sum += i >= 148 && i < 156 ? ' ' : data.ptr[i];
    }
    for (size_t i = 148; i < 156 && data.ptr[i] != 0; i++) {
        if (data.ptr[i] >= '0' && data.ptr[i] <= '7') {
            stated = stated * 8 + (uint64_t) (data.ptr[i] - '0');
        } else if (data.ptr[i] != ' ') {
            return false;
        }
    }
    return sum == stated;
}

static bool is_dmg(wd_slice data)
{
    return data.len >= 512 && wd_slice_eq(wd_slice_sub(data, data.len - 512, 4), WD_S("koly"));
}

/* Bytes that nothing explains, under a name that promises evidence: examined as what the name
 * says, so that the damage is reported instead of passed over. */
static wd_kind sniff_name(wd_slice name)
{
    if (wd_slice_ends_nocase(name, WD_S(".evtx"))) {
        return WD_KIND_EVTX;
    }
    if (wd_slice_ends_nocase(name, WD_S(".pcap"))) {
        return WD_KIND_PCAP;
    }
    return wd_slice_ends_nocase(name, WD_S(".pcapng")) ? WD_KIND_PCAPNG : WD_KIND_OTHER;
}

wd_kind wd_sniff(wd_slice name, wd_slice data)
{
    if (data.len == 0) {
        return WD_KIND_EMPTY;
    }
    wd_slice head = wd_slice_sub(data, 0, WD_MAX_SNIFF);
    wd_kind kind = sniff_magic(head);
    if (kind != WD_KIND_OTHER) {
        return kind;
    }
    if (is_pe(name, data)) {
        return WD_KIND_PE;
    }
    if (is_fat_macho(head)) {
        return WD_KIND_MACHO;
    }
    if (is_ico(head)) {
        return WD_KIND_ICO;
    }
    if (is_bzip2(head)) {
        return WD_KIND_BZIP2;
    }
    if (is_old_tar(head)) {
        return WD_KIND_TAR;
    }
    if (is_dmg(data)) {
        return WD_KIND_DMG;
    }
    kind = wd_sniff_text(head);
    return kind == WD_KIND_OTHER ? sniff_name(name) : kind;
}
