#ifndef WD_DETECT_SIBLINGS_H
#define WD_DETECT_SIBLINGS_H

#include "core/arena.h"
#include "core/vocab.h"

/*
 * What files of one folder mean together. A library without a signature proves little, a signed
 * library with a few bytes too many proves little; a program that is signed, takes an unsigned
 * library from its own folder, and that library names the signed one with the unexplained bytes, is
 * a chain.
 */

/** One file as the case knows it. All slices borrowed. Start at {0}. */
typedef struct wd_sibling {
    wd_slice path;   /* of the item, members joined by " > "; the folder is all but the last part */
    wd_slice sha256; /* hexadecimal, may be empty */
    wd_slice signer; /* empty when unsigned */
    wd_slice product;   /* of the version resource */
    wd_slice version;   /* empty when it has no version resource */
    wd_slice imports;   /* names of libraries, separated by blanks (WD_K_IMPORTS) */
    wd_slice mentions;  /* file names in its strings, separated by blanks (WD_K_MENTIONS) */
    bool library;       /* a DLL, .so, .dylib; otherwise a program */
    bool is_signed;     /* carries a signature */
    bool intact;        /* ... whose digest matches */
    uint64_t uncovered; /* unexplained bytes that no signature covers */
    uint64_t uncovered_at;
} wd_sibling;

/** Folder of a path: up to the last '/' or '\\' of the last member; borrowed, may be empty. */
wd_slice wd_sibling_folder(wd_slice path);

/**
 * Findings over the files, in order of path whatever the order they are given in. `emit` gets each
 * with the index (into `files`) of the file it is about. Rules: library.unsigned-beside-signed,
 * sideload.carrier-chain, sideload.unsigned-import.
 * Fails: WD_E_NOMEM and whatever `emit` returns.
 */
WD_MUST_USE wd_status wd_detect_siblings(const wd_sibling *files, size_t n, wd_arena *arena,
                                         wd_status (*emit)(void *ctx, size_t file,
                                                           const wd_finding *f),
                                         void *ctx);

/** Fills the members that observations of a PE file give: FILE, SIGNATURE and UNCOVERED; in any
 * order. */
void wd_sibling_add_obs(wd_sibling *file, const wd_obs *obs);

#endif
