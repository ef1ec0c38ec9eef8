#include "make/pe_builder.h"

#include <stdio.h>
#include <string.h>

#define HEADERS 0x400U
#define FILE_ALIGN 0x200U
#define PAGE 0x1000U
#define PE_AT 0xC0U /* behind the DOS stub and the Rich header */
#define SECTIONS 3U

/* One section while it is put together. */
typedef struct section {
    const char *name;
    wd_buf bytes;
    uint32_t rva;
    uint32_t flags;
} section;

/* Where the data directories stand, filled in as the sections grow. */
typedef struct layout {
    const make_pe_spec *spec;
    section s[SECTIONS]; /* .text, .rdata, .rsrc */
    uint32_t dir[16][2];
} layout;

enum { TEXT, RDATA, RSRC };
enum {
    DIR_EXPORT = 0,
    DIR_IMPORT = 1,
    DIR_RESOURCE = 2,
    DIR_DEBUG = 6,
    DIR_TLS = 9,
    DIR_DELAY = 13
};

void make_u16(wd_buf *out, uint16_t v)
{
    wd_buf_byte(out, (uint8_t) v);
    wd_buf_byte(out, (uint8_t) (v >> 8));
}

void make_u32(wd_buf *out, uint32_t v)
{
    make_u16(out, (uint16_t) v);
    make_u16(out, (uint16_t) (v >> 16));
}

void make_u64(wd_buf *out, uint64_t v)
{
    make_u32(out, (uint32_t) v);
    make_u32(out, (uint32_t) (v >> 32));
}

void make_poke_u16(wd_buf *out, size_t at, uint16_t v)
{
    if (at + 2 <= out->len) {
        out->ptr[at] = (uint8_t) v;
        out->ptr[at + 1] = (uint8_t) (v >> 8);
    }
}

void make_poke_u32(wd_buf *out, size_t at, uint32_t v)
{
    make_poke_u16(out, at, (uint16_t) v);
    make_poke_u16(out, at + 2, (uint16_t) (v >> 16));
}

void make_align(wd_buf *out, size_t align)
{
    wd_buf_fill(out, 0, (align - out->len % align) % align);
}

void make_wide(wd_buf *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        make_u16(out, (uint8_t) *c);
    }
    make_u16(out, 0);
}

void make_noise(wd_buf *out, uint64_t seed, size_t len)
{
    uint64_t x = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    for (size_t i = 0; i < len; i++) {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        wd_buf_byte(out, (uint8_t) ((x * UINT64_C(0x2545F4914F6CDD1D)) >> 56));
    }
}

static uint32_t here(const section *s)
{
    return s->rva + (uint32_t) s->bytes.len;
}

static void put_ptr(layout *l, wd_buf *b, uint64_t v)
{
    if (l->spec->pe32) {
        make_u32(b, (uint32_t) v);
    } else {
        make_u64(b, v);
    }
}

static uint64_t image_base(const layout *l)
{
    return l->spec->pe32 ? 0x400000U : UINT64_C(0x180000000);
}

static void put_text(layout *l)
{
    wd_buf *b = &l->s[TEXT].bytes;
    wd_buf_fill(b, 0xCC, 16);
    wd_buf_str(b, "\x31\xC0\xC3"); /* xor eax, eax; ret */
    make_align(b, 16);
    /* Filler below 0x80, so that it is neither code worth reading nor noise. */
    size_t from = b->len;
    make_noise(b, l->spec->seed + 1, l->spec->filler);
    for (size_t i = from; i < b->len; i++) {
        b->ptr[i] &= 0x3F;
    }
}

/* Hint/name entries and thunks of one library; gives the RVAs of the thunk table and of the name.
 */
static void put_thunks(layout *l, const make_pe_import *imp, uint32_t *thunks, uint32_t *name)
{
    section *s = &l->s[RDATA];
    make_align(&s->bytes, 16);
    uint32_t hint = here(s);
    if (imp->name != NULL) {
        make_u16(&s->bytes, 0);
        wd_buf_str(&s->bytes, imp->name);
        wd_buf_byte(&s->bytes, 0);
    }
    *name = here(s);
    wd_buf_str(&s->bytes, imp->library);
    wd_buf_byte(&s->bytes, 0);
    make_align(&s->bytes, 8);
    *thunks = here(s);
    uint64_t by_ordinal = l->spec->pe32 ? 0x80000001U : UINT64_C(0x8000000000000001);
    put_ptr(l, &s->bytes, imp->name != NULL ? hint : by_ordinal);
    put_ptr(l, &s->bytes, 0);
}

static void put_imports(layout *l, bool delayed)
{
    section *s = &l->s[RDATA];
    uint32_t thunks[MAKE_PE_IMPORTS];
    uint32_t names[MAKE_PE_IMPORTS];
    size_t n = 0;
    for (size_t i = 0; i < MAKE_PE_IMPORTS && l->spec->imports[i].library != NULL; i++) {
        if (l->spec->imports[i].delayed == delayed) {
            put_thunks(l, &l->spec->imports[i], &thunks[n], &names[n]);
            n++;
        }
    }
    if (n == 0) {
        return;
    }
    make_align(&s->bytes, 16);
    uint32_t start = here(s);
    for (size_t i = 0; i < n && delayed; i++) { /* ImgDelayDescr, 32 bytes */
        make_u32(&s->bytes, 1);
        make_u32(&s->bytes, names[i]);
        make_u32(&s->bytes, 0);
        make_u32(&s->bytes, thunks[i]);
        make_u32(&s->bytes, thunks[i]);
        wd_buf_fill(&s->bytes, 0, 12);
    }
    for (size_t i = 0; i < n && !delayed; i++) { /* IMAGE_IMPORT_DESCRIPTOR, 20 bytes */
        make_u32(&s->bytes, thunks[i]);
        make_u64(&s->bytes, 0);
        make_u32(&s->bytes, names[i]);
        make_u32(&s->bytes, thunks[i]);
    }
    wd_buf_fill(&s->bytes, 0, delayed ? 32 : 20);
    uint32_t *dir = l->dir[delayed ? DIR_DELAY : DIR_IMPORT];
    dir[0] = start;
    dir[1] = here(s) - start;
}

static void put_exports(layout *l)
{
    const make_pe_spec *spec = l->spec;
    section *s = &l->s[RDATA];
    if (spec->module_name == NULL) {
        return;
    }
    uint32_t n = 0;
    while (n < 4 && spec->exports[n] != NULL) {
        n++;
    }
    make_align(&s->bytes, 16);
    uint32_t start = here(s);
    uint32_t functions = start + 40;
    uint32_t names = functions + 4 * n;
    uint32_t ordinals = names + 4 * n;
    uint32_t text = ordinals + 2 * n;
    make_u32(&s->bytes, 0);
    make_u32(&s->bytes, spec->timestamp);
    make_u32(&s->bytes, 0);
    make_u32(&s->bytes, text);
    make_u32(&s->bytes, 1); /* ordinal base */
    make_u32(&s->bytes, n);
    make_u32(&s->bytes, n);
    make_u32(&s->bytes, functions);
    make_u32(&s->bytes, names);
    make_u32(&s->bytes, ordinals);
    size_t table = s->bytes.len;
    wd_buf_fill(&s->bytes, 0, 10 * (size_t) n);
    wd_buf_str(&s->bytes, spec->module_name);
    wd_buf_byte(&s->bytes, 0);
    for (uint32_t i = 0; i < n; i++) {
        const char *forward = strchr(spec->exports[i], '=');
        size_t len =
            forward == NULL ? strlen(spec->exports[i]) : (size_t) (forward - spec->exports[i]);
        make_poke_u32(&s->bytes, table + 4 * (size_t) (n + i), here(s));
        make_poke_u16(&s->bytes, table + 8 * (size_t) n + 2 * (size_t) i, (uint16_t) i);
        wd_buf_add(&s->bytes, wd_slice_of(spec->exports[i], len));
        wd_buf_byte(&s->bytes, 0);
        make_poke_u32(&s->bytes, table + 4 * (size_t) i,
                      forward == NULL ? l->s[TEXT].rva + 16 : here(s));
        if (forward != NULL) {
            wd_buf_str(&s->bytes, forward + 1);
            wd_buf_byte(&s->bytes, 0);
        }
    }
    l->dir[DIR_EXPORT][0] = start;
    l->dir[DIR_EXPORT][1] = here(s) - start;
}

/* The file offset of the debug record is known only when sections are placed: .rdata is second. */
static uint32_t rdata_file_at(const layout *l)
{
    uint32_t text = (uint32_t) l->s[TEXT].bytes.len;
    return HEADERS + (text + FILE_ALIGN - 1) / FILE_ALIGN * FILE_ALIGN;
}

static void put_debug(layout *l)
{
    section *s = &l->s[RDATA];
    if (l->spec->pdb == NULL) {
        return;
    }
    make_align(&s->bytes, 16);
    uint32_t record = here(s);
    wd_buf_str(&s->bytes, "RSDS");
    make_noise(&s->bytes, l->spec->seed + 7, 16);
    make_u32(&s->bytes, 1);
    wd_buf_str(&s->bytes, l->spec->pdb);
    wd_buf_byte(&s->bytes, 0);
    uint32_t len = here(s) - record;
    make_align(&s->bytes, 4);
    l->dir[DIR_DEBUG][0] = here(s);
    l->dir[DIR_DEBUG][1] = 28;
    make_u32(&s->bytes, 0);
    make_u32(&s->bytes, l->spec->timestamp);
    make_u32(&s->bytes, 0);
    make_u32(&s->bytes, 2); /* CodeView */
    make_u32(&s->bytes, len);
    make_u32(&s->bytes, record);
    make_u32(&s->bytes, rdata_file_at(l) + (record - s->rva));
}

static void put_tls(layout *l)
{
    section *s = &l->s[RDATA];
    if (!l->spec->tls_callback) {
        return;
    }
    make_align(&s->bytes, 16);
    uint64_t callbacks = image_base(l) + here(s);
    put_ptr(l, &s->bytes, image_base(l) + l->s[TEXT].rva + 16);
    put_ptr(l, &s->bytes, 0);
    l->dir[DIR_TLS][0] = here(s);
    put_ptr(l, &s->bytes, 0);
    put_ptr(l, &s->bytes, 0);
    put_ptr(l, &s->bytes, 0);
    put_ptr(l, &s->bytes, callbacks);
    make_u64(&s->bytes, 0);
    l->dir[DIR_TLS][1] = here(s) - l->dir[DIR_TLS][0];
}

/* Starts a version block; the length is filled in by end_block. */
static size_t begin_block(wd_buf *b, const char *key, uint16_t value_len, uint16_t type)
{
    make_align(b, 4);
    size_t at = b->len;
    make_u16(b, 0);
    make_u16(b, value_len);
    make_u16(b, type);
    make_wide(b, key);
    make_align(b, 4);
    return at;
}

static void end_block(wd_buf *b, size_t at)
{
    make_poke_u16(b, at, (uint16_t) (b->len - at));
}

static void put_string(wd_buf *b, const char *key, const char *value)
{
    if (value != NULL) {
        size_t at = begin_block(b, key, (uint16_t) (strlen(value) + 1), 1);
        make_wide(b, value);
        end_block(b, at);
    }
}

/* VS_VERSIONINFO with one string table, US English, Unicode. */
static void put_version(const make_pe_spec *spec, wd_buf *b)
{
    unsigned v[4] = {0};
    (void) sscanf(spec->version != NULL ? spec->version : "0", "%u.%u.%u.%u", &v[0], &v[1], &v[2],
                  &v[3]);
    size_t root = begin_block(b, "VS_VERSION_INFO", 52, 0);
    make_u32(b, 0xFEEF04BDU);
    make_u32(b, 0x10000);
    for (int twice = 0; twice < 2; twice++) {
        make_u32(b, v[0] << 16 | v[1]);
        make_u32(b, v[2] << 16 | v[3]);
    }
    make_u32(b, 0x3F);
    make_u32(b, 0);
    make_u32(b, 0x40004);
    make_u32(b, spec->dll ? 2 : 1);
    wd_buf_fill(b, 0, 12);
    size_t info = begin_block(b, "StringFileInfo", 0, 1);
    size_t table = begin_block(b, "040904b0", 0, 1);
    put_string(b, "CompanyName", spec->company);
    put_string(b, "FileDescription", spec->description);
    put_string(b, "FileVersion", spec->version);
    put_string(b, "OriginalFilename", spec->original_name);
    put_string(b, "ProductName", spec->product);
    put_string(b, "ProductVersion", spec->version);
    end_block(b, table);
    end_block(b, info);
    size_t var = begin_block(b, "VarFileInfo", 0, 1);
    size_t translation = begin_block(b, "Translation", 4, 0);
    make_u32(b, 0x04B00409U);
    end_block(b, translation);
    end_block(b, var);
    end_block(b, root);
}

static void put_resources(layout *l)
{
    section *s = &l->s[RSRC];
    if (l->spec->product == NULL) {
        return;
    }
    static const uint32_t ids[3] = {16, 1, 0x409}; /* RT_VERSION, name 1, US English */
    for (uint32_t level = 0; level < 3; level++) {
        wd_buf_fill(&s->bytes, 0, 12);
        make_u16(&s->bytes, 0);
        make_u16(&s->bytes, 1);
        make_u32(&s->bytes, ids[level]);
        make_u32(&s->bytes, level < 2 ? 0x80000000U | (level + 1) * 24 : 72);
    }
    size_t entry = s->bytes.len;
    wd_buf_fill(&s->bytes, 0, 16);
    size_t from = s->bytes.len;
    put_version(l->spec, &s->bytes);
    make_poke_u32(&s->bytes, entry, s->rva + (uint32_t) from);
    make_poke_u32(&s->bytes, entry + 4, (uint32_t) (s->bytes.len - from));
    l->dir[DIR_RESOURCE][0] = s->rva;
    l->dir[DIR_RESOURCE][1] = (uint32_t) s->bytes.len;
}

static void put_rich(wd_buf *out)
{
    static const uint32_t entries[3][2] = {{0x01046B74, 3}, {0x01056B74, 12}, {0x00FF6B74, 1}};
    const uint32_t key = 0x5A17C0DEU; /* not the checksum a linker would write: inert material */
    make_u32(out, 0x536E6144U ^ key); /* "DanS" */
    for (int i = 0; i < 3; i++) {
        make_u32(out, key);
    }
    for (int i = 0; i < 3; i++) {
        make_u32(out, entries[i][0] ^ key);
        make_u32(out, entries[i][1] ^ key);
    }
    wd_buf_str(out, "Rich");
    make_u32(out, key);
}

static void put_optional_header(layout *l, wd_buf *out, uint32_t image_size)
{
    const make_pe_spec *spec = l->spec;
    make_u16(out, spec->pe32 ? 0x10B : 0x20B);
    make_u16(out, 0x0E);
    make_u32(out, (uint32_t) l->s[TEXT].bytes.len);
    make_u32(out, (uint32_t) (l->s[RDATA].bytes.len + l->s[RSRC].bytes.len));
    make_u32(out, 0);
    make_u32(out, l->s[TEXT].rva + 16); /* entry point */
    make_u32(out, l->s[TEXT].rva);
    if (spec->pe32) {
        make_u32(out, l->s[RDATA].rva);
    }
    put_ptr(l, out, image_base(l));
    make_u32(out, PAGE);
    make_u32(out, FILE_ALIGN);
    make_u32(out, 6); /* operating system 6.0, image 0.0, subsystem 6.0 */
    make_u32(out, 0);
    make_u32(out, 6);
    make_u32(out, 0);
    make_u32(out, image_size);
    make_u32(out, HEADERS);
    make_u32(out, 0);      /* CheckSum */
    make_u16(out, 2);      /* GUI */
    make_u16(out, 0x8160); /* high entropy, dynamic base, NX, terminal server aware */
    put_ptr(l, out, 0x100000);
    put_ptr(l, out, 0x1000);
    put_ptr(l, out, 0x100000);
    put_ptr(l, out, 0x1000);
    make_u32(out, 0);
    make_u32(out, 16);
    for (int i = 0; i < 16; i++) {
        make_u32(out, l->dir[i][0]);
        make_u32(out, l->dir[i][1]);
    }
}

static void put_headers(layout *l, wd_buf *out)
{
    const make_pe_spec *spec = l->spec;
    wd_buf_str(out, "MZ");
    wd_buf_fill(out, 0, 0x3A);
    make_u32(out, PE_AT);
    wd_buf_fill(out, 0, 0x40);
    if (spec->rich) {
        put_rich(out);
    }
    wd_buf_fill(out, 0, PE_AT - out->len);
    uint16_t used = 0;
    uint32_t image_size = PAGE;
    for (size_t i = 0; i < SECTIONS; i++) {
        if (l->s[i].bytes.len > 0) {
            used++;
            image_size = (here(&l->s[i]) + PAGE - 1) / PAGE * PAGE;
        }
    }
    wd_buf_add(out, WD_S("PE\0\0"));
    make_u16(out, spec->pe32 ? 0x14C : 0x8664);
    make_u16(out, used);
    make_u32(out, spec->timestamp);
    make_u64(out, 0);
    make_u16(out, spec->pe32 ? 0xE0 : 0xF0);
    make_u16(out, (uint16_t) (0x22 | (spec->dll ? 0x2000 : 0) | (spec->pe32 ? 0x100 : 0)));
    put_optional_header(l, out, image_size);
    uint32_t at = HEADERS;
    for (size_t i = 0; i < SECTIONS; i++) {
        if (l->s[i].bytes.len == 0) {
            continue;
        }
        uint32_t raw = ((uint32_t) l->s[i].bytes.len + FILE_ALIGN - 1) / FILE_ALIGN * FILE_ALIGN;
        char name[9] = {0};
        (void) snprintf(name, sizeof name, "%s", l->s[i].name);
        wd_buf_add(out, wd_slice_of(name, 8));
        make_u32(out, (uint32_t) l->s[i].bytes.len);
        make_u32(out, l->s[i].rva);
        make_u32(out, raw);
        make_u32(out, at);
        wd_buf_fill(out, 0, 12);
        make_u32(out, l->s[i].flags);
        at += raw;
    }
    wd_buf_fill(out, 0, HEADERS - out->len);
}

static void place(layout *l, size_t i)
{
    l->s[i].rva = (here(&l->s[i - 1]) + PAGE - 1) / PAGE * PAGE;
}

bool make_pe(const make_pe_spec *spec, wd_buf *out)
{
    layout l = {.spec = spec,
                .s = {{.name = ".text", .flags = 0x60000020U, .rva = PAGE},
                      {.name = ".rdata", .flags = 0x40000040U},
                      {.name = ".rsrc", .flags = 0x40000040U}}};
    put_text(&l);
    place(&l, RDATA);
    wd_buf_str(&l.s[RDATA].bytes, "inert test material");
    wd_buf_byte(&l.s[RDATA].bytes, 0);
    if (spec->mentions != NULL) {
        make_align(&l.s[RDATA].bytes, 4);
        make_wide(&l.s[RDATA].bytes, spec->mentions);
    }
    put_imports(&l, false);
    put_imports(&l, true);
    put_exports(&l);
    put_debug(&l);
    put_tls(&l);
    place(&l, RSRC);
    put_resources(&l);

    wd_buf_clear(out);
    put_headers(&l, out);
    bool ok = true;
    for (size_t i = 0; i < SECTIONS; i++) {
        wd_buf_add(out, wd_buf_slice(&l.s[i].bytes));
        make_align(out, FILE_ALIGN);
        ok = ok && !l.s[i].bytes.failed;
        wd_buf_free(&l.s[i].bytes);
    }
    wd_buf_add(out, spec->overlay);
    ok = ok && !out->failed;
    if (ok) {
        make_pe_fix_checksum(out);
    }
    return ok;
}

void make_pe_fix_checksum(wd_buf *file)
{
    const size_t at = PE_AT + 0x58;
    make_poke_u32(file, at, 0);
    uint64_t sum = 0;
    for (size_t i = 0; i < file->len; i += 2) {
        uint32_t high = i + 1 < file->len ? file->ptr[i + 1] : 0;
        sum += file->ptr[i] | high << 8;
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    make_poke_u32(file, at, (uint32_t) (sum + file->len));
}
