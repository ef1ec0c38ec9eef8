#ifndef WD_FORMATS_PE_H
#define WD_FORMATS_PE_H

#include "core/arena.h"
#include "core/cursor.h"
#include "core/note.h"

/*
 * Portable Executable (Microsoft PE/COFF specification, revision 11 and later web editions):
 *
 *   0x00  2   "MZ"
 *   0x3C  4   e = offset of the PE header
 *   e     4   "PE\0\0"
 *   e+4   20  COFF header: machine, number of sections, timestamp, symbols, size of the optional
 *             header, characteristics
 *   e+24      optional header: magic 0x10B (PE32) or 0x20B (PE32+), ..., data directories of
 *             {u32 rva, u32 size}; CheckSum at e+0x58 in both
 *   then  40  each: section headers: name[8], VirtualSize, VirtualAddress, SizeOfRawData,
 *             PointerToRawData, ..., Characteristics
 *   SizeOfHeaders.. section data, overlay, certificate table
 *
 * The certificate table's directory holds a file offset, not an RVA.
 */

enum {
    WD_PE_DIR_EXPORT = 0,
    WD_PE_DIR_IMPORT = 1,
    WD_PE_DIR_RESOURCE = 2,
    WD_PE_DIR_SECURITY = 4,
    WD_PE_DIR_DEBUG = 6,
    WD_PE_DIR_TLS = 9,
    WD_PE_DIR_DELAY_IMPORT = 13,
    WD_PE_DIR_CLR = 14,
    WD_PE_DIRS = 16
};

#define WD_PE_FILE_DLL 0x2000U   /* Characteristics */
#define WD_PE_SECTION_CODE 0x20U /* section Characteristics */
#define WD_PE_SECTION_EXECUTE 0x20000000U
#define WD_PE_SECTION_WRITE 0x80000000U

typedef struct wd_pe_section {
    wd_slice name; /* up to 8 bytes without trailing zeros; borrowed */
    uint32_t virtual_size;
    uint32_t rva;
    uint32_t raw_len;
    uint32_t raw_at;
    uint32_t flags;
} wd_pe_section;

typedef struct wd_pe_dir {
    uint32_t rva;
    uint32_t len;
} wd_pe_dir;

/** Headers of a file. `data` is borrowed; offsets are relative to it, which is the whole item. */
typedef struct wd_pe {
    wd_slice data;
    uint32_t header_at; /* e */
    uint16_t machine;
    uint16_t characteristics;
    uint32_t timestamp;
    bool plus; /* PE32+ */
    uint32_t entry_rva;
    uint64_t image_base;
    uint32_t section_align;
    uint32_t file_align;
    uint32_t image_size;
    uint32_t headers_len;
    uint32_t checksum;
    uint16_t subsystem;
    uint16_t dll_characteristics;
    uint64_t checksum_at; /* 4 bytes */
    uint64_t security_at; /* 8 bytes of directory; 0 when there are fewer than 5 directories */
    uint32_t n_dirs;
    wd_pe_dir dirs[WD_PE_DIRS]; /* absent ones are zero */
    wd_pe_section *sections;    /* in order of the table */
    size_t n_sections;
} wd_pe;

/**
 * Reads the headers. Sections that lie outside the file are kept and noted. Fails: WD_E_TRUNCATED,
 * WD_E_MALFORMED when it is no PE file, WD_E_NOMEM.
 */
WD_MUST_USE wd_status wd_pe_read(wd_slice data, wd_arena *arena, wd_notes *notes, wd_pe *out,
                                 wd_err *err);

/** File offset of an RVA and how many bytes are in the file from there to the end of its section
 * (or of the headers); false when it is not in the file. */
bool wd_pe_offset(const wd_pe *pe, uint64_t rva, uint64_t *offset, uint64_t *avail);
/** Cursor from an RVA to the end of its section; failed when it is not in the file. */
wd_cursor wd_pe_cursor(const wd_pe *pe, uint64_t rva);
/** NUL-terminated text at an RVA, at most `most` bytes; empty when not in the file or not ended. */
wd_slice wd_pe_text(const wd_pe *pe, uint64_t rva, size_t most);
/** First section whose memory holds the RVA; NULL when none. */
const wd_pe_section *wd_pe_section_of(const wd_pe *pe, uint64_t rva);
/** End of the last section's data in the file, or of the headers: where an overlay would start. */
uint64_t wd_pe_end_of_sections(const wd_pe *pe);
/** "x86", "x64", "arm64", ... or "other". */
const char *wd_pe_machine_name(uint16_t machine);

#endif
