#ifndef WD_FORMATS_PE_RESOURCES_H
#define WD_FORMATS_PE_RESOURCES_H

#include "formats/pe.h"

/*
 * Resources of a PE file: a tree of three levels, type / name / language.
 *
 *   IMAGE_RESOURCE_DIRECTORY, 16 bytes: flags, timestamp, version, u16 named, u16 numbered entries
 *   entry, 8 bytes: u32 id, or 0x80000000 + offset of { u16 length, UTF-16 name };
 *                   u32 offset of the data entry, or 0x80000000 + offset of the next directory
 *   data entry, 16 bytes: u32 RVA, size, code page, reserved
 *   Offsets count from the start of the resource directory.
 *
 * The version resource (type 16) is a tree of blocks: u16 length, u16 value length, u16 type (1
 * text), UTF-16 key, padding to 4, value, padding to 4, children. VS_VERSION_INFO > StringFileInfo
 * > language > strings.
 */

#define WD_PE_RT_ICON 3U
#define WD_PE_RT_RCDATA 10U
#define WD_PE_RT_VERSION 16U
#define WD_PE_RT_MANIFEST 24U

typedef struct wd_pe_resource {
    uint32_t type;      /* 0 when it has a name */
    wd_slice type_name; /* UTF-16LE as in the file; empty when it has a number */
    uint32_t id;
    uint32_t language;
    uint64_t at; /* file offset of the content; 0 with an empty slice when it is not in the file */
    wd_slice content;
} wd_pe_resource;

typedef struct wd_pe_resources {
    wd_pe_resource *items; /* in order of the tree */
    size_t n;
} wd_pe_resources;

/** All leaves; a damaged tree is given as far as it went. Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_pe_read_resources(const wd_pe *pe, wd_arena *arena, wd_notes *notes,
                                           wd_pe_resources *out, wd_err *err);

/** Texts of the version resource, UTF-8 in the arena, empty where absent. */
typedef struct wd_pe_version {
    bool present;
    wd_slice product;         /* ProductName */
    wd_slice company;         /* CompanyName */
    wd_slice description;     /* FileDescription */
    wd_slice original_name;   /* OriginalFilename */
    wd_slice internal_name;   /* InternalName */
    wd_slice file_version;    /* FileVersion, as text */
    wd_slice product_version; /* ProductVersion, as text */
    uint16_t fixed[4];        /* file version of VS_FIXEDFILEINFO */
} wd_pe_version;

/** First version resource among the leaves. */
void wd_pe_read_version(const wd_pe_resources *resources, wd_arena *arena, wd_notes *notes,
                        wd_pe_version *out);

#endif
