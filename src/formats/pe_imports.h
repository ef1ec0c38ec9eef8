#ifndef WD_FORMATS_PE_IMPORTS_H
#define WD_FORMATS_PE_IMPORTS_H

#include "formats/pe.h"

/*
 * What a PE file takes from other libraries and gives to others.
 *
 *   IMAGE_IMPORT_DESCRIPTOR, 20 bytes, ended by one without a name:
 *     u32 lookup table, timestamp, forwarder chain, name, address table (RVAs)
 *   ImgDelayDescr, 32 bytes, ended by one without a name:
 *     u32 attributes (1: RVAs, 0: addresses), name, module handle, address table, name table, ...
 *   A table holds one u32 (PE32) or u64 (PE32+) a function, ended by 0: highest bit set means
 *   ordinal in the low 16 bits, else the RVA of { u16 hint, name }.
 *   IMAGE_EXPORT_DIRECTORY, 40 bytes: u32 flags, timestamp, version, name, ordinal base, number of
 *     functions, number of names, RVAs of functions, names, ordinals. A function whose RVA lies in
 *     the export directory is a forwarder: text "library.function".
 */
typedef struct wd_pe_import {
    wd_slice name;    /* empty for an import by ordinal */
    uint16_t ordinal; /* when there is no name */
} wd_pe_import;

typedef struct wd_pe_library {
    wd_slice name; /* borrowed from the file */
    bool delayed;  /* loaded at the first call, not at start */
    wd_pe_import *imports;
    size_t n;
} wd_pe_library;

typedef struct wd_pe_imports {
    wd_pe_library *libraries; /* import table first, then delayed ones, in order of the file */
    size_t n;
    size_t n_functions;
} wd_pe_imports;

typedef struct wd_pe_export {
    wd_slice name; /* empty when exported by ordinal only */
    uint32_t ordinal;
    uint32_t rva;
    wd_slice forwarder; /* "library.function", else empty */
} wd_pe_export;

typedef struct wd_pe_exports {
    bool present;
    wd_slice module; /* the name that the linker wrote */
    wd_pe_export *items;
    size_t n;
    size_t n_forwarders;
} wd_pe_exports;

/** Both import tables; a damaged one is given as far as it went. Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_pe_read_imports(const wd_pe *pe, wd_arena *arena, wd_notes *notes,
                                         wd_pe_imports *out, wd_err *err);
/** Export table. Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_pe_read_exports(const wd_pe *pe, wd_arena *arena, wd_notes *notes,
                                         wd_pe_exports *out, wd_err *err);

/**
 * Import hash (Mandiant 2014): MD5 over "library.function,..." in order of the import table, lower
 * case, without .dll, .ocx or .sys; delayed imports do not count. False when there are no imports.
 * `hex` gets 32 digits and a NUL.
 */
bool wd_pe_imphash(const wd_pe_imports *imports, char hex[static 33]);

#endif
