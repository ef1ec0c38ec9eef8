#ifndef WD_FORMATS_SPC_H
#define WD_FORMATS_SPC_H

#include "formats/authenticode.h"

/*
 * The parts of an Authenticode signature that are Microsoft's own ("software publishing
 * certificate", hence Spc) and its timestamps. Used by formats/authenticode.c.
 */

/** SpcIndirectDataContent: kind of subject, digest of the file, page hashes. */
WD_MUST_USE wd_status wd_spc_read_content(wd_authenticode *sig, wd_notes *notes, wd_err *err);
/** Signed attributes: program name, address, signing time. */
void wd_spc_read_attrs(wd_authenticode *sig, wd_arena *arena, wd_notes *notes);
/** Timestamp token or countersignature: read, verified, its chain followed. */
WD_MUST_USE wd_status wd_spc_read_stamp(const wd_cms_reader *r, wd_authenticode *sig,
                                        const wd_anchors *anchors, wd_err *err);
/** Claims the frame of an attribute: everything but the content of its values. */
void wd_spc_claim_attr(wd_claims *claims, const wd_cms_attr *a);
/** UTCTime or GeneralizedTime; WD_NO_TIME when it is neither. */
wd_time wd_spc_time(const wd_der *e);

#endif
