#ifndef WD_FORMATS_OID_H
#define WD_FORMATS_OID_H

#include "core/slice.h"

/*
 * Object identifiers as the content bytes of their DER element.
 * Sources: RFC 5652 (CMS), RFC 3161 (timestamps), RFC 5280 (X.509), Microsoft "Windows Authenticode
 * Portable Executable Signature Format" (2008).
 */

/* 1.2.840.113549.1.7.x and .1.9.x: PKCS#7 and PKCS#9 */
#define WD_OID_DATA WD_S("\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01")
#define WD_OID_SIGNED_DATA WD_S("\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02")
#define WD_OID_CONTENT_TYPE WD_S("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x03")
#define WD_OID_MESSAGE_DIGEST WD_S("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x04")
#define WD_OID_SIGNING_TIME WD_S("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x05")
#define WD_OID_COUNTERSIGNATURE WD_S("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x06")
#define WD_OID_TST_INFO WD_S("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x04")
#define WD_OID_TIMESTAMP_TOKEN WD_S("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x02\x0E")

/* 1.3.6.1.4.1.311: Microsoft */
#define WD_OID_SPC_INDIRECT_DATA WD_S("\x2B\x06\x01\x04\x01\x82\x37\x02\x01\x04")
#define WD_OID_SPC_STATEMENT_TYPE WD_S("\x2B\x06\x01\x04\x01\x82\x37\x02\x01\x0B")
#define WD_OID_SPC_OPUS_INFO WD_S("\x2B\x06\x01\x04\x01\x82\x37\x02\x01\x0C")
#define WD_OID_SPC_PE_IMAGE WD_S("\x2B\x06\x01\x04\x01\x82\x37\x02\x01\x0F")
#define WD_OID_SPC_SIP_INFO WD_S("\x2B\x06\x01\x04\x01\x82\x37\x02\x01\x1E")
#define WD_OID_SPC_PAGE_HASH_SHA1 WD_S("\x2B\x06\x01\x04\x01\x82\x37\x02\x03\x01")
#define WD_OID_SPC_PAGE_HASH_SHA256 WD_S("\x2B\x06\x01\x04\x01\x82\x37\x02\x03\x02")
#define WD_OID_SPC_NESTED WD_S("\x2B\x06\x01\x04\x01\x82\x37\x02\x04\x01")
#define WD_OID_SPC_RFC3161 WD_S("\x2B\x06\x01\x04\x01\x82\x37\x03\x03\x01")
#define WD_OID_MS_LIFETIME_SIGNING WD_S("\x2B\x06\x01\x04\x01\x82\x37\x0A\x03\x0D")
/* 1.3.6.1.4.1.311.97.*: durable identity of a subscriber of Azure Trusted Signing */
#define WD_OID_MS_IDENTITY_PREFIX WD_S("\x2B\x06\x01\x04\x01\x82\x37\x61")

/* Extended key usages, 1.3.6.1.5.5.7.3.x */
#define WD_OID_EKU_CODE_SIGNING WD_S("\x2B\x06\x01\x05\x05\x07\x03\x03")
#define WD_OID_EKU_TIME_STAMPING WD_S("\x2B\x06\x01\x05\x05\x07\x03\x08")

/* Digests */
#define WD_OID_MD5 WD_S("\x2A\x86\x48\x86\xF7\x0D\x02\x05")
#define WD_OID_SHA1 WD_S("\x2B\x0E\x03\x02\x1A")
#define WD_OID_SHA256 WD_S("\x60\x86\x48\x01\x65\x03\x04\x02\x01")
#define WD_OID_SHA384 WD_S("\x60\x86\x48\x01\x65\x03\x04\x02\x02")
#define WD_OID_SHA512 WD_S("\x60\x86\x48\x01\x65\x03\x04\x02\x03")

/* Signature algorithms: 1.2.840.113549.1.1.x (RSA), 1.2.840.10045.x (elliptic curves) */
#define WD_OID_PKCS1_PREFIX WD_S("\x2A\x86\x48\x86\xF7\x0D\x01\x01")
#define WD_OID_X962_PREFIX WD_S("\x2A\x86\x48\xCE\x3D")

/* Blobs that signing tools leave unsigned on purpose */
#define WD_OID_OSSLSIGNCODE_BLOB WD_S("\x2B\x06\x01\x04\x01\x82\xCF\x29\x01\x02\x01")
#define WD_OID_OMAHA_TAG_EXTENSION WD_S("\x2B\x06\x01\x04\x01\xD6\x79\x02\x01\xCE\x0F")

#endif
