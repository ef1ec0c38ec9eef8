#include "make/ex_files.h"

#include <string.h>

#include "make/pe_builder.h"

uint32_t ex_crc32(uint32_t crc, wd_slice bytes)
{
    crc = ~crc;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= bytes.ptr[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (UINT32_C(0xedb88320) & (0U - (crc & 1)));
        }
    }
    return ~crc;
}

/* MS-DOS date and time in one number: years since 1980, month, day, hour, minute, half seconds. */
static uint32_t dos_time(wd_time at)
{
    char text[WD_TIME_TEXT];
    uint32_t part[6];
    static const size_t begins[6] = {0, 5, 8, 11, 14, 17};

    wd_time_format_seconds(at, text);
    for (size_t i = 0; i < 6; i++) {
        uint64_t value = 0;
        (void) wd_slice_to_u64(wd_slice_of(text + begins[i], i == 0 ? 4 : 2), &value);
        part[i] = (uint32_t) value;
    }
    return (part[0] - 1980) << 25 | part[1] << 21 | part[2] << 16 | part[3] << 11 | part[4] << 5 |
           part[5] / 2;
}

/* The fields that local header and directory entry share. */
static void put_common(wd_buf *b, const ex_zip *z, const char *name, wd_slice bytes)
{
    make_u16(b, 20); /* version 2.0 */
    make_u16(b, 0);
    make_u16(b, 0); /* stored */
    make_u32(b, dos_time(z->at));
    make_u32(b, ex_crc32(0, bytes));
    make_u32(b, (uint32_t) bytes.len);
    make_u32(b, (uint32_t) bytes.len);
    make_u16(b, (uint16_t) strlen(name));
    make_u16(b, 0);
}

void ex_zip_add(ex_zip *z, const char *name, wd_slice bytes)
{
    uint32_t offset = (uint32_t) z->body.len;

    make_u32(&z->body, UINT32_C(0x04034b50));
    put_common(&z->body, z, name, bytes);
    wd_buf_str(&z->body, name);
    wd_buf_add(&z->body, bytes);

    make_u32(&z->directory, UINT32_C(0x02014b50));
    make_u16(&z->directory, 20);
    put_common(&z->directory, z, name, bytes);
    make_u16(&z->directory, 0); /* comment */
    make_u16(&z->directory, 0); /* disk */
    make_u16(&z->directory, 0);
    make_u32(&z->directory, 0);
    make_u32(&z->directory, offset);
    wd_buf_str(&z->directory, name);
    z->members++;
}

void ex_zip_end(ex_zip *z)
{
    uint32_t offset = (uint32_t) z->body.len;

    wd_buf_add(&z->body, wd_buf_slice(&z->directory));
    make_u32(&z->body, UINT32_C(0x06054b50));
    make_u32(&z->body, 0);
    make_u16(&z->body, (uint16_t) z->members);
    make_u16(&z->body, (uint16_t) z->members);
    make_u32(&z->body, (uint32_t) z->directory.len);
    make_u32(&z->body, offset);
    make_u16(&z->body, 0);
    wd_buf_free(&z->directory);
}
