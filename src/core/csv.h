#ifndef WD_CORE_CSV_H
#define WD_CORE_CSV_H

#include "core/arena.h"

/*
 * Separated values (RFC 4180, and the ';', tab and '|' forms that spreadsheets write). A field in
 * quotes may hold separators, line ends and doubled quotes.
 */

#define WD_CSV_FIELDS 256 /* columns that a row may have; spreadsheets in use have below 100 */

typedef struct wd_csv_row {
    wd_slice fields[WD_CSV_FIELDS];
    size_t n;
    uint32_t line;   /* on which the row starts, from 1 */
    uint64_t offset; /* of its first byte */
    bool cut;        /* more than WD_CSV_FIELDS columns, or a quote that never closes */
} wd_csv_row;

/** Start at wd_csv_of. */
typedef struct wd_csv {
    wd_slice in;
    size_t pos;
    uint32_t line;
    uint8_t separator;
} wd_csv;

/** A reader over `in`; the separator is the one that divides the first line into most fields. */
wd_csv wd_csv_of(wd_slice in);
/**
 * Next row that is not empty; false at the end. Fields are trimmed and borrowed from the input, or
 * from `arena` where doubled quotes had to be undone (an empty field when memory ran out).
 */
bool wd_csv_next(wd_csv *csv, wd_arena *arena, wd_csv_row *row);

#endif
