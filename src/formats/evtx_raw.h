#ifndef WD_FORMATS_EVTX_RAW_H
#define WD_FORMATS_EVTX_RAW_H

/*
 * Places and numbers of the EVTX format (MS-EVEN6 2.2.12 for BinXML; libevtx's description of the
 * file). Everything is little-endian, nothing is aligned inside BinXML, and offsets there count
 * from the start of the chunk.
 */

/* File header, first 4096 bytes. */
#define WD_EVTX_FILE_MAGIC "ElfFile\0"
#define WD_EVTX_HEADER_LEN 4096U
#define WD_EVTX_HEADER_CHUNKS 42U /* u16: wraps above 65,535 chunks, too small on dirty logs */
#define WD_EVTX_HEADER_FLAGS 120U /* u32: 1 not closed, 2 full, 4 no CRCs */
#define WD_EVTX_HEADER_CRC 124U   /* u32: CRC-32 of bytes 0..119 */
#define WD_EVTX_FLAG_DIRTY 1U

/* Chunk. */
#define WD_EVTX_CHUNK_MAGIC "ElfChnk\0"
#define WD_EVTX_CHUNK_LEN 65536U
#define WD_EVTX_CHUNK_LAST 44U      /* u32: offset of the last record */
#define WD_EVTX_CHUNK_FREE 48U      /* u32: end of the records */
#define WD_EVTX_CHUNK_DATA_CRC 52U  /* u32: CRC-32 of bytes 512..free */
#define WD_EVTX_CHUNK_FLAGS 120U    /* u32: 4 = CRCs not computed */
#define WD_EVTX_CHUNK_HEAD_CRC 124U /* u32: CRC-32 of bytes 0..119 and 128..511 */
#define WD_EVTX_CHUNK_TABLES 128U   /* string and template index, up to 512: never needed */
#define WD_EVTX_RECORDS 512U
#define WD_EVTX_FLAG_NO_CRC 4U

/* Record: magic, u32 size with this header and the trailing copy, u64 id, FILETIME, BinXML, u32
 * size again. Sizes are multiples of 8. */
#define WD_EVTX_RECORD_MAGIC "**\0\0"
#define WD_EVTX_RECORD_HEAD 24U
#define WD_EVTX_RECORD_MIN 28U

/* Name: u32 next in bucket, u16 hash, u16 units, UTF-16, u16 zero. */
#define WD_EVTX_NAME_HEAD 8U
/* Template definition: u32 next, GUID, u32 size, fragment. */
#define WD_EVTX_DEFINITION_HEAD 24U
/* Template instance: token, u8, u32 identifier, u32 definition offset. */
#define WD_EVTX_INSTANCE_HEAD 10U

/* BinXML tokens; 0x40 says "more follows" or "has attributes". */
enum {
    WD_EVTX_TOKEN_EOF = 0x00,
    WD_EVTX_TOKEN_ELEMENT = 0x01,
    WD_EVTX_TOKEN_CLOSE_START = 0x02,
    WD_EVTX_TOKEN_CLOSE_EMPTY = 0x03,
    WD_EVTX_TOKEN_END = 0x04,
    WD_EVTX_TOKEN_VALUE = 0x05,
    WD_EVTX_TOKEN_ATTRIBUTE = 0x06,
    WD_EVTX_TOKEN_CDATA = 0x07,
    WD_EVTX_TOKEN_CHAR = 0x08,
    WD_EVTX_TOKEN_ENTITY = 0x09,
    WD_EVTX_TOKEN_PI_TARGET = 0x0a,
    WD_EVTX_TOKEN_PI_DATA = 0x0b,
    WD_EVTX_TOKEN_INSTANCE = 0x0c,
    WD_EVTX_TOKEN_SLOT = 0x0d,
    WD_EVTX_TOKEN_OPTIONAL_SLOT = 0x0e,
    WD_EVTX_TOKEN_FRAGMENT = 0x0f,
    WD_EVTX_TOKEN_MORE = 0x40
};

/* Value types; 0x80 makes an array. */
enum {
    WD_EVTX_NULL = 0x00,
    WD_EVTX_UTF16 = 0x01,
    WD_EVTX_ANSI = 0x02,
    WD_EVTX_I8 = 0x03,
    WD_EVTX_U8 = 0x04,
    WD_EVTX_I16 = 0x05,
    WD_EVTX_U16 = 0x06,
    WD_EVTX_I32 = 0x07,
    WD_EVTX_U32 = 0x08,
    WD_EVTX_I64 = 0x09,
    WD_EVTX_U64 = 0x0a,
    WD_EVTX_FLOAT = 0x0b,
    WD_EVTX_DOUBLE = 0x0c,
    WD_EVTX_BOOL = 0x0d, /* 4 bytes in practice */
    WD_EVTX_BINARY = 0x0e,
    WD_EVTX_GUID = 0x0f,
    WD_EVTX_SIZE = 0x10, /* size_t, hexadecimal, 4 or 8 bytes */
    WD_EVTX_FILETIME = 0x11,
    WD_EVTX_SYSTEMTIME = 0x12,
    WD_EVTX_SID = 0x13,
    WD_EVTX_HEX32 = 0x14,
    WD_EVTX_HEX64 = 0x15,
    WD_EVTX_HANDLE = 0x20,
    WD_EVTX_BINXML = 0x21,
    WD_EVTX_EVTXML = 0x23,
    WD_EVTX_ARRAY = 0x80
};

#endif
