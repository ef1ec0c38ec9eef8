#ifndef WD_FORMATS_PE_ORDINALS_H
#define WD_FORMATS_PE_ORDINALS_H

#include "core/slice.h"

/**
 * Name of a function that is usually imported by number, for the libraries where the import hash
 * counts names (ws2_32, wsock32, oleaut32); empty otherwise. Lives for ever.
 */
wd_slice wd_pe_ordinal_name(wd_slice library, uint16_t ordinal);

#endif
