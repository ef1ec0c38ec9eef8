#include "core/arena.h"
#include "core/hash.h"
#include "formats/pe_digest.h"
#include "formats/pe_imports.h"
#include "formats/pe_marks.h"
#include "formats/pe_resources.h"
#include "make/pe_builder.h"
#include "make/sign_pe.h"
#include "testing.h"

/* Everything that is read of one file. */
typedef struct reading {
    wd_arena *arena;
    wd_notes notes;
    wd_pe pe;
    wd_cert_table table;
    wd_pe_imports imports;
    wd_pe_exports exports;
    wd_pe_resources resources;
    wd_pe_version version;
    wd_pe_marks marks;
    wd_pe_ranges ranges;
} reading;

static const make_pe_spec full = {
    .dll = true,
    .timestamp = 1677672000,
    .imports = {{"KERNEL32.dll", "CreateFileW", false},
                {"WS2_32.dll", NULL, false},
                {"inertcodec.dll", "codec_open", true}},
    .module_name = "inertlib.dll",
    .exports = {"InertStart", "InertForward=other.Thing"},
    .product = "Inert Phone",
    .company = "Inert Publisher Ltd",
    .description = "Inert library",
    .version = "18.12.416.7",
    .original_name = "inertlib.dll",
    .pdb = "c:\\build\\inertlib.pdb",
    .tls_callback = true,
    .rich = true,
    .filler = 100,
    .overlay = {(const uint8_t *) "overlay", 7},
};

static reading read_all(const wd_buf *file)
{
    reading r = {.arena = wd_arena_new((size_t) 64 << 20)};
    r.notes.arena = r.arena;
    wd_err err = {0};
    assert_int_equal(wd_pe_read(wd_buf_slice(file), r.arena, &r.notes, &r.pe, &err), WD_OK);
    assert_int_equal(wd_cert_table_read(&r.pe, r.arena, &r.notes, &r.table, &err), WD_OK);
    assert_int_equal(wd_pe_read_imports(&r.pe, r.arena, &r.notes, &r.imports, &err), WD_OK);
    assert_int_equal(wd_pe_read_exports(&r.pe, r.arena, &r.notes, &r.exports, &err), WD_OK);
    assert_int_equal(wd_pe_read_resources(&r.pe, r.arena, &r.notes, &r.resources, &err), WD_OK);
    wd_pe_read_version(&r.resources, r.arena, &r.notes, &r.version);
    assert_int_equal(wd_pe_read_marks(&r.pe, &r.table, r.arena, &r.notes, &r.marks, &err), WD_OK);
    assert_int_equal(wd_pe_ranges_of(&r.pe, &r.table, r.arena, &r.ranges, &err), WD_OK);
    return r;
}

static void assert_everything(const reading *r, bool plus)
{
    assert_int_equal(r->notes.n, 0);
    assert_int_equal(r->pe.plus, plus);
    assert_string_equal(wd_pe_machine_name(r->pe.machine), plus ? "x64" : "x86");
    assert_int_equal(r->pe.n_sections, 3);
    assert_slice(r->pe.sections[1].name, ".rdata");
    assert_int_equal(r->imports.n, 3);
    assert_slice(r->imports.libraries[0].name, "KERNEL32.dll");
    assert_slice(r->imports.libraries[0].imports[0].name, "CreateFileW");
    assert_int_equal(r->imports.libraries[1].imports[0].ordinal, 1);
    assert_true(r->imports.libraries[2].delayed);
    assert_slice(r->imports.libraries[2].imports[0].name, "codec_open");
    assert_slice(r->exports.module, "inertlib.dll");
    assert_int_equal(r->exports.n, 2);
    assert_slice(r->exports.items[0].name, "InertStart");
    assert_slice(r->exports.items[1].name, "InertForward");
    assert_slice(r->exports.items[1].forwarder, "other.Thing");
    assert_int_equal(r->exports.n_forwarders, 1);
    assert_slice(r->version.product, "Inert Phone");
    assert_slice(r->version.company, "Inert Publisher Ltd");
    assert_slice(r->version.file_version, "18.12.416.7");
    assert_int_equal(r->version.fixed[0], 18);
    assert_int_equal(r->version.fixed[1], 12);
    assert_int_equal(r->version.fixed[2], 416);
    assert_int_equal(r->version.fixed[3], 7);
    assert_slice(r->marks.pdb, "c:\\build\\inertlib.pdb");
    assert_int_equal(r->marks.n_tls_callbacks, 1);
    assert_int_equal(r->marks.tls_callbacks[0], r->pe.entry_rva);
    assert_true(r->marks.rich);
    assert_int_equal(r->marks.overlay_len, 7);
    assert_int_equal(wd_pe_checksum(&r->pe), r->pe.checksum);
    assert_true(r->ranges.same);
}

static void both_widths_are_read_in_full(void **state)
{
    (void) state;
    for (int plus = 0; plus < 2; plus++) {
        make_pe_spec spec = full;
        wd_buf file = {0};
        spec.pe32 = plus == 0;
        assert_true(make_pe(&spec, &file));
        reading r = read_all(&file);
        assert_everything(&r, plus == 1);
        wd_arena_free(r.arena);
        wd_buf_free(&file);
    }
}

/* MD5 of "kernel32.createfilew,ws2_32.accept", as pefile and YARA compute it. */
static void the_import_hash_names_known_ordinals_and_leaves_delayed_imports_out(void **state)
{
    (void) state;
    wd_buf file = {0};
    assert_true(make_pe(&full, &file));
    reading r = read_all(&file);
    char got[33];
    uint8_t md[16];
    char want[33];
    assert_true(wd_pe_imphash(&r.imports, got));
    assert_true(wd_hash(WD_MD5, WD_S("kernel32.createfilew,ws2_32.accept"), md));
    assert_string_equal(got, wd_hex(md, 16, want));
    wd_arena_free(r.arena);
    wd_buf_free(&file);
}

static void a_gap_between_sections_makes_the_readings_differ(void **state)
{
    (void) state;
    wd_buf file = {0};
    assert_true(make_pe(&full, &file));
    /* The first section loses half a kilobyte: its bytes are then in no section. */
    size_t sections = 0xC0 + 24 + 0xF0;
    make_poke_u32(&file, sections + 16, 0);
    reading r = read_all(&file);
    assert_false(r.ranges.same);
    assert_int_equal(r.ranges.n_linear, 3);
    wd_arena_free(r.arena);
    wd_buf_free(&file);
}

static void the_digest_is_the_one_that_was_signed(void **state)
{
    (void) state;
    wd_buf file = {0};
    assert_true(make_pe(&full, &file));
    uint8_t want[32];
    uint8_t got[32];
    make_align(&file, 8);
    make_authentihash(&file, false, want);
    reading r = read_all(&file);
    assert_true(wd_pe_digest(&r.pe, r.ranges.linear, r.ranges.n_linear, WD_SHA256, true, got));
    assert_memory_equal(got, want, 32);
    wd_arena_free(r.arena);
    wd_buf_free(&file);
}

static void a_table_of_several_entries_is_walked_to_its_last_byte(void **state)
{
    (void) state;
    wd_buf file = {0};
    make_signer *signer = make_signer_new("Inert");
    assert_true(make_pe(&full, &file));
    assert_true(make_sign_pe(&file, signer, &(make_sign_options){0}));
    make_add_entry(&file, 0x0EF1, WD_S("twelve bytes"));
    reading r = read_all(&file);
    assert_int_equal(r.table.n, 2);
    assert_int_equal(r.table.entries[1].type, 0x0EF1);
    assert_int_equal(r.table.entries[1].body.len, 16); /* the maker rounds dwLength up */
    assert_true(r.table.sums_up && r.table.ends_file && r.table.inside);
    wd_arena_free(r.arena);
    make_append(&file, WD_S("!"));
    r = read_all(&file);
    assert_false(r.table.ends_file);
    wd_arena_free(r.arena);
    wd_buf_free(&file);
    make_signer_free(signer);
}

/* Directory counts and offsets far beyond the file must end in notes, not in memory or time. */
static void hostile_counts_are_noted(void **state)
{
    (void) state;
    wd_buf file = {0};
    assert_true(make_pe(&full, &file));
    reading r = read_all(&file);
    uint64_t at = 0;
    uint64_t avail = 0;
    assert_true(wd_pe_offset(&r.pe, r.pe.dirs[WD_PE_DIR_EXPORT].rva, &at, &avail));
    wd_arena_free(r.arena);
    make_poke_u32(&file, at + 20, 0xFFFFFFFF); /* functions */
    make_poke_u32(&file, at + 24, 0xFFFFFFFF); /* names */
    make_poke_u16(&file, 0xC0 + 6, 0xFFFF);    /* sections */
    r = read_all(&file);
    assert_true(r.notes.n >= 2);
    assert_true(wd_arena_used(r.arena) < (size_t) 8 << 20);
    wd_arena_free(r.arena);
    wd_buf_free(&file);
}

static void a_resource_tree_that_points_at_itself_ends(void **state)
{
    (void) state;
    wd_buf file = {0};
    assert_true(make_pe(&full, &file));
    reading r = read_all(&file);
    uint64_t at = 0;
    uint64_t avail = 0;
    assert_true(wd_pe_offset(&r.pe, r.pe.dirs[WD_PE_DIR_RESOURCE].rva, &at, &avail));
    wd_arena_free(r.arena);
    make_poke_u32(&file, at + 12, 0xFFFF0000); /* 65535 numbered entries in the root ... */
    make_poke_u32(&file, at + 20, 0x80000000); /* ... the first of which is the root again */
    r = read_all(&file);
    assert_true(r.notes.n > 0);
    wd_arena_free(r.arena);
    wd_buf_free(&file);
}

static void other_files_are_refused_with_the_place(void **state)
{
    (void) state;
    wd_arena *arena = wd_arena_new(1 << 20);
    wd_pe pe;
    wd_err err = {0};
    assert_int_equal(wd_pe_read(WD_S("PK\x03\x04"), arena, NULL, &pe, &err), WD_E_MALFORMED);
    assert_int_equal(err.offset, 0);
    err = (wd_err){0};
    assert_int_equal(wd_pe_read(WD_S("MZ"), arena, NULL, &pe, &err), WD_E_TRUNCATED);
    wd_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_widths_are_read_in_full),
        cmocka_unit_test(the_import_hash_names_known_ordinals_and_leaves_delayed_imports_out),
        cmocka_unit_test(a_gap_between_sections_makes_the_readings_differ),
        cmocka_unit_test(the_digest_is_the_one_that_was_signed),
        cmocka_unit_test(a_table_of_several_entries_is_walked_to_its_last_byte),
        cmocka_unit_test(hostile_counts_are_noted),
        cmocka_unit_test(a_resource_tree_that_points_at_itself_ends),
        cmocka_unit_test(other_files_are_refused_with_the_place),
    };
    return RUN(tests);
}
