#include "make/msi_builder.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "make/der_writer.h"
#include "make/pe_builder.h"

#define SECTOR 512U
#define MINI 64U
#define CUTOFF 4096U
#define END 0xFFFFFFFEU
#define FREE 0xFFFFFFFFU
#define FAT_SECTOR 0xFFFFFFFDU
#define MAX_STREAMS 32

/* Class id of the root: {000C1084-0000-0000-C000-000000000046}, an installer database. */
static const uint8_t database_class[16] = {0x84, 0x10, 0x0C, 0, 0, 0, 0, 0,
                                           0xC0, 0,    0,    0, 0, 0, 0, 0x46};

/* --- compound file -----------------------------------------------------------------------------
 */

typedef struct stream {
    uint8_t name[64]; /* UTF-16LE with its zero */
    size_t name_len;  /* bytes, zero included */
    wd_slice content;
    uint32_t start;
} stream;

static int packed(char c)
{
    const char *alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    const char *at = strchr(alphabet, c);
    return at == NULL || c == '\0' ? -1 : (int) (at - alphabet);
}

static void put_char(stream *s, unsigned c)
{
    s->name[s->name_len++] = (uint8_t) c;
    s->name[s->name_len++] = (uint8_t) (c >> 8);
}

/* Names of installers are packed, the two signature streams are not. */
static void set_name(stream *s, const char *name, bool table)
{
    if (table) {
        put_char(s, 0x4840);
    }
    for (const char *c = name; *c != '\0';) {
        int a = packed(c[0]);
        int b = a < 0 ? -1 : packed(c[1]);
        if (name[0] == 5 || a < 0) {
            put_char(s, (uint8_t) *c++);
        } else if (b < 0) {
            put_char(s, 0x4800U + (unsigned) a);
            c++;
        } else {
            put_char(s, 0x3800U + (unsigned) a + ((unsigned) b << 6));
            c += 2;
        }
    }
    put_char(s, 0);
}

/* Order of siblings: shorter names first, then by code point. */
static int by_tree(const void *a, const void *b)
{
    const stream *x = a;
    const stream *y = b;
    if (x->name_len != y->name_len) {
        return x->name_len < y->name_len ? -1 : 1;
    }
    for (size_t i = 0; i + 1 < x->name_len; i += 2) {
        int p = x->name[i] | x->name[i + 1] << 8;
        int q = y->name[i] | y->name[i + 1] << 8;
        if (p != q) {
            return p < q ? -1 : 1;
        }
    }
    return 0;
}

static uint32_t sectors_of(size_t len, size_t unit)
{
    return (uint32_t) ((len + unit - 1) / unit);
}

/* Writes a chain of `n` sectors into a table. */
static void chain(wd_buf *table, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        make_u32(table, i + 1 < n ? first + i + 1 : END);
    }
}

static void put_entry(wd_buf *out, const stream *s, uint8_t type, uint32_t right, uint32_t child)
{
    size_t at = out->len;
    wd_buf_add(out, wd_slice_of(s->name, s->name_len));
    wd_buf_fill(out, 0, at + 64 - out->len);
    make_u16(out, (uint16_t) s->name_len);
    wd_buf_byte(out, type);
    wd_buf_byte(out, 1);
    make_u32(out, FREE);
    make_u32(out, right);
    make_u32(out, child);
    if (type == 5) {
        wd_buf_add(out, wd_slice_of(database_class, 16));
    } else {
        wd_buf_fill(out, 0, 16);
    }
    wd_buf_fill(out, 0, 20);
    make_u32(out, s->start);
    make_u64(out, s->content.len);
}

/* The parts of the file while they are put together. */
typedef struct parts {
    wd_buf body; /* all sectors */
    wd_buf fat;
    wd_buf mini;
    wd_buf mini_fat;
} parts;

static uint32_t add_sectors(parts *p, wd_slice bytes)
{
    uint32_t first = (uint32_t) (p->body.len / SECTOR);
    wd_buf_add(&p->body, bytes);
    make_align(&p->body, SECTOR);
    chain(&p->fat, first, sectors_of(bytes.len, SECTOR));
    return bytes.len == 0 ? END : first;
}

static void put_header(wd_buf *out, uint32_t n_fat, uint32_t dir, uint32_t mini_fat,
                       uint32_t n_mini)
{
    wd_buf_add(out, WD_S("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"));
    wd_buf_fill(out, 0, 16);
    make_u16(out, 0x3E);
    make_u16(out, 3);
    make_u16(out, 0xFFFE);
    make_u16(out, 9);
    make_u16(out, 6);
    wd_buf_fill(out, 0, 10);
    make_u32(out, n_fat);
    make_u32(out, dir);
    make_u32(out, 0);
    make_u32(out, CUTOFF);
    make_u32(out, mini_fat);
    make_u32(out, n_mini);
    make_u32(out, END);
    make_u32(out, 0);
}

static bool put_file(parts *p, uint32_t dir, uint32_t mini_fat, wd_buf *out)
{
    /* The FAT describes itself: add sectors until it has room for all. */
    uint32_t n_fat = 1;
    uint32_t used = (uint32_t) (p->body.len / SECTOR);
    while (n_fat * (SECTOR / 4) < used + n_fat) {
        n_fat++;
    }
    for (uint32_t i = 0; i < n_fat; i++) {
        make_u32(&p->fat, FAT_SECTOR);
    }
    while (p->fat.len < n_fat * SECTOR) {
        make_u32(&p->fat, FREE);
    }
    wd_buf_clear(out);
    put_header(out, n_fat, dir, mini_fat, sectors_of(p->mini_fat.len, SECTOR));
    for (uint32_t i = 0; i < 109; i++) {
        make_u32(out, i < n_fat ? used + i : FREE);
    }
    wd_buf_add(out, wd_buf_slice(&p->body));
    wd_buf_add(out, wd_buf_slice(&p->fat));
    return !out->failed && !p->body.failed && !p->fat.failed && n_fat <= 109;
}

bool make_cfb(const make_stream *streams, size_t n, wd_slice free_sectors, wd_buf *out,
              size_t *free_at)
{
    stream s[MAX_STREAMS + 1] = {0};
    parts p = {0};
    wd_buf dir = {0};
    set_name(&s[0], "\x05", false); /* replaced below: the root's name is not packed */
    s[0].name_len = 0;
    for (const char *c = "Root Entry"; *c != '\0'; c++) {
        put_char(&s[0], (uint8_t) *c);
    }
    put_char(&s[0], 0);
    for (size_t i = 0; i < n && i < MAX_STREAMS; i++) {
        s[i + 1].content = streams[i].content;
        set_name(&s[i + 1], streams[i].name, streams[i].table);
    }
    qsort(s + 1, n, sizeof *s, by_tree);
    for (size_t i = 1; i <= n; i++) {
        size_t len = s[i].content.len;
        if (len >= CUTOFF) {
            s[i].start = add_sectors(&p, s[i].content);
        } else if (len > 0) {
            s[i].start = (uint32_t) (p.mini.len / MINI);
            wd_buf_add(&p.mini, s[i].content);
            make_align(&p.mini, MINI);
            chain(&p.mini_fat, s[i].start, sectors_of(len, MINI));
        } else {
            s[i].start = END;
        }
    }
    s[0].content = wd_buf_slice(&p.mini);
    s[0].start = add_sectors(&p, s[0].content);
    while (p.mini_fat.len % SECTOR != 0) {
        make_u32(&p.mini_fat, FREE);
    }
    uint32_t mini_fat = add_sectors(&p, wd_buf_slice(&p.mini_fat));
    if (free_at != NULL) {
        *free_at = SECTOR + p.body.len;
    }
    for (uint32_t i = 0; i < sectors_of(free_sectors.len, SECTOR); i++) {
        make_u32(&p.fat, FREE);
    }
    wd_buf_add(&p.body, free_sectors);
    make_align(&p.body, SECTOR);
    for (size_t i = 0; i <= n; i++) {
        put_entry(&dir, &s[i], i == 0 ? 5 : 2, i > 0 && i < n ? (uint32_t) i + 1 : FREE,
                  i == 0 && n > 0 ? 1 : FREE);
    }
    while (dir.len % SECTOR != 0) { /* unused entries: no siblings, no child */
        size_t at = dir.len;
        wd_buf_fill(&dir, 0, 128);
        for (size_t k = 0; k < 3; k++) {
            make_poke_u32(&dir, at + 68 + 4 * k, FREE);
        }
    }
    uint32_t first_dir = add_sectors(&p, wd_buf_slice(&dir));
    bool ok = put_file(&p, first_dir, mini_fat, out);
    wd_buf_free(&p.body);
    wd_buf_free(&p.fat);
    wd_buf_free(&p.mini);
    wd_buf_free(&p.mini_fat);
    wd_buf_free(&dir);
    return ok;
}

/* --- cabinet -----------------------------------------------------------------------------------
 */

bool make_cab(const make_msi_file *files, size_t n, const char *const *keys, wd_buf *out)
{
    wd_buf names = {0};
    wd_buf data = {0};
    for (size_t i = 0; i < n; i++) {
        make_u32(&names, (uint32_t) files[i].content.len);
        make_u32(&names, (uint32_t) data.len);
        make_u16(&names, 0);
        make_u16(&names, 0x5661); /* 2023-03-01 12:00 */
        make_u16(&names, 0x6000);
        make_u16(&names, 0x20);
        wd_buf_str(&names, keys[i]);
        wd_buf_byte(&names, 0);
        wd_buf_add(&data, files[i].content);
    }
    uint16_t blocks = (uint16_t) ((data.len + 0x7FFF) / 0x8000);
    size_t files_at = 36 + 8;
    wd_buf_clear(out);
    wd_buf_add(out, WD_S("MSCF\0\0\0\0"));
    make_u32(out, (uint32_t) (files_at + names.len + data.len + 8U * blocks));
    make_u32(out, 0);
    make_u32(out, (uint32_t) files_at);
    make_u32(out, 0);
    make_u16(out, 0x0103);
    make_u16(out, 1);
    make_u16(out, (uint16_t) n);
    make_u16(out, 0);
    make_u32(out, 0x1234);
    make_u32(out, (uint32_t) (files_at + names.len));
    make_u16(out, blocks);
    make_u16(out, 0);
    wd_buf_add(out, wd_buf_slice(&names));
    for (size_t at = 0; at < data.len; at += 0x8000) {
        wd_slice block = wd_slice_sub(wd_buf_slice(&data), at, 0x8000);
        make_u32(out, 0); /* no checksum */
        make_u16(out, (uint16_t) block.len);
        make_u16(out, (uint16_t) block.len);
        wd_buf_add(out, block);
    }
    bool ok = !out->failed && !names.failed && !data.failed;
    wd_buf_free(&names);
    wd_buf_free(&data);
    return ok;
}

/* --- tables ------------------------------------------------------------------------------------
 */

typedef struct pool {
    const char *text[256];
    size_t n;
} pool;

static uint16_t number_of(pool *p, const char *text)
{
    if (text == NULL) {
        return 0;
    }
    for (size_t i = 0; i < p->n; i++) {
        if (strcmp(p->text[i], text) == 0) {
            return (uint16_t) (i + 1);
        }
    }
    p->text[p->n++] = text;
    return (uint16_t) p->n;
}

/* Every cell of these tables is a text; rows one after the other, stored column by column. */
typedef struct table {
    const char *name;
    size_t n_columns;
    const char *columns[4];
    const char *cells[8][4];
    size_t n_rows;
    wd_buf bytes;
} table;

static void add_row(table *t, const char *a, const char *b, const char *c, const char *d)
{
    const char *cells[4] = {a, b, c, d};
    for (size_t i = 0; i < 4; i++) {
        t->cells[t->n_rows][i] = cells[i];
    }
    t->n_rows++;
}

static void put_table(table *t, pool *p)
{
    for (size_t c = 0; c < t->n_columns; c++) {
        for (size_t r = 0; r < t->n_rows; r++) {
            make_u16(&t->bytes, number_of(p, t->cells[r][c]));
        }
    }
}

/* _Columns: table, number, name, type, column by column. */
static void put_columns(const table *t, size_t n, pool *p, wd_buf *out)
{
    for (int field = 0; field < 4; field++) {
        for (size_t i = 0; i < n; i++) {
            for (size_t c = 0; c < t[i].n_columns; c++) {
                uint16_t values[4] = {number_of(p, t[i].name), (uint16_t) ((c + 1) | 0x8000U),
                                      number_of(p, t[i].columns[c]), 0x0DFF ^ 0x8000U};
                make_u16(out, values[field]);
            }
        }
    }
}

static void put_pool(const pool *p, wd_buf *entries, wd_buf *data)
{
    make_u16(entries, 1252);
    make_u16(entries, 0);
    for (size_t i = 0; i < p->n; i++) {
        make_u16(entries, (uint16_t) strlen(p->text[i]));
        make_u16(entries, 1);
        wd_buf_str(data, p->text[i]);
    }
}

/* Digest of the streams by raw name, then the root's class id. */
static void digest_streams(const make_stream *streams, size_t n, uint8_t md[32])
{
    stream s[MAX_STREAMS] = {0};
    size_t order[MAX_STREAMS];
    wd_buf all = {0};
    for (size_t i = 0; i < n; i++) {
        set_name(&s[i], streams[i].name, streams[i].table);
        order[i] = i;
    }
    for (size_t i = 1; i < n; i++) { /* a handful: insertion */
        for (size_t k = i; k > 0 && memcmp(s[order[k]].name, s[order[k - 1]].name, 64) < 0; k--) {
            size_t swap = order[k];
            order[k] = order[k - 1];
            order[k - 1] = swap;
        }
    }
    for (size_t i = 0; i < n; i++) {
        wd_buf_add(&all, streams[order[i]].content);
    }
    wd_buf_add(&all, wd_slice_of(database_class, 16));
    SHA256(all.ptr, all.len, md);
    wd_buf_free(&all);
}

static void put_sip_info(wd_buf *b)
{
    static const uint8_t class_id[16] = {0xF1, 0x10, 0x0C, 0, 0, 0, 0, 0,
                                         0xC0, 0,    0,    0, 0, 0, 0, 0x46};
    size_t seq = der_open(b);
    der_oid(b, "1.3.6.1.4.1.311.2.1.30");
    size_t info = der_open(b);
    der_int(b, 1);
    der_put(b, 0x04, wd_slice_of(class_id, sizeof class_id));
    for (int i = 0; i < 5; i++) {
        der_int(b, 0);
    }
    der_close(b, info, 0x30);
    der_close(b, seq, 0x30);
}

static const char *const keys[MAKE_MSI_FILES] = {"fil1", "fil2", "fil3", "fil4"};
static const char *const components[MAKE_MSI_FILES] = {"cmp1", "cmp2", "cmp3", "cmp4"};

/* The six tables of a package, filled from the specification. */
static size_t fill_tables(const make_msi_spec *spec, table t[static 6])
{
    t[0] = (table){.name = "Property", .n_columns = 2, .columns = {"Property", "Value"}};
    add_row(&t[0], "ProductName", spec->product, NULL, NULL);
    add_row(&t[0], "ProductVersion", spec->version, NULL, NULL);
    add_row(&t[0], "Manufacturer", spec->company, NULL, NULL);
    t[1] = (table){.name = "Directory",
                   .n_columns = 3,
                   .columns = {"Directory", "Directory_Parent", "DefaultDir"}};
    add_row(&t[1], "TARGETDIR", NULL, "SourceDir", NULL);
    add_row(&t[1], "APPDIR", "TARGETDIR", spec->folder, NULL);
    t[2] = (table){
        .name = "Component", .n_columns = 3, .columns = {"Component", "ComponentId", "Directory_"}};
    t[3] = (table){.name = "File", .n_columns = 3, .columns = {"File", "Component_", "FileName"}};
    t[4] = (table){.name = "Media",
                   .n_columns = 4,
                   .columns = {"DiskId", "LastSequence", "DiskPrompt", "Cabinet"}};
    add_row(&t[4], "1", "1", NULL, "#product.cab");
    t[5] = (table){
        .name = "CustomAction", .n_columns = 4, .columns = {"Action", "Type", "Source", "Target"}};
    if (spec->custom_action != NULL) {
        add_row(&t[5], spec->custom_action, "1", "helper", "Run");
    }
    size_t n = 0;
    while (n < MAKE_MSI_FILES && spec->files[n].name != NULL) {
        add_row(&t[2], components[n], "{00000000-0000-0000-0000-000000000001}", "APPDIR", NULL);
        add_row(&t[3], keys[n], components[n], spec->files[n].name, NULL);
        n++;
    }
    return n;
}

static bool sign(const make_msi_spec *spec, make_stream *streams, size_t *n, wd_buf *signature)
{
    uint8_t md[32];
    wd_buf spc = {0};
    digest_streams(streams, *n, md);
    put_sip_info(&spc);
    bool ok = make_pkcs7(signature, spec->signer, &spec->sign, wd_buf_slice(&spc),
                         wd_slice_of(md, sizeof md));
    streams[(*n)++] = (make_stream){"\x05"
                                    "DigitalSignature",
                                    wd_buf_slice(signature), false};
    wd_buf_free(&spc);
    return ok;
}

bool make_msi(const make_msi_spec *spec, wd_buf *out, size_t *free_at)
{
    table tables[6];
    pool p = {0};
    wd_buf columns = {0};
    wd_buf names = {0};
    wd_buf entries = {0};
    wd_buf data = {0};
    wd_buf cab = {0};
    wd_buf signature = {0};
    make_stream streams[MAX_STREAMS];
    size_t n = 0;
    size_t n_files = fill_tables(spec, tables);
    for (size_t i = 0; i < 6; i++) {
        put_table(&tables[i], &p);
        make_u16(&names, number_of(&p, tables[i].name));
        if (tables[i].bytes.len > 0) {
            streams[n++] = (make_stream){tables[i].name, wd_buf_slice(&tables[i].bytes), true};
        }
    }
    put_columns(tables, 6, &p, &columns);
    put_pool(&p, &entries, &data);
    bool ok = make_cab(spec->files, n_files, keys, &cab);
    streams[n++] = (make_stream){"_Columns", wd_buf_slice(&columns), true};
    streams[n++] = (make_stream){"_Tables", wd_buf_slice(&names), true};
    streams[n++] = (make_stream){"_StringPool", wd_buf_slice(&entries), true};
    streams[n++] = (make_stream){"_StringData", wd_buf_slice(&data), true};
    streams[n++] = (make_stream){"product.cab", wd_buf_slice(&cab), false};
    if (spec->binary.len > 0) {
        streams[n++] = (make_stream){"Binary.helper", spec->binary, false};
    }
    if (spec->signer != NULL) {
        ok = ok && sign(spec, streams, &n, &signature);
    }
    ok = ok && make_cfb(streams, n, spec->free_sectors, out, free_at);
    for (size_t i = 0; i < 6; i++) {
        wd_buf_free(&tables[i].bytes);
    }
    wd_buf_free(&columns);
    wd_buf_free(&names);
    wd_buf_free(&entries);
    wd_buf_free(&data);
    wd_buf_free(&cab);
    wd_buf_free(&signature);
    return ok;
}
