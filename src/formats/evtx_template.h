#ifndef WD_FORMATS_EVTX_TEMPLATE_H
#define WD_FORMATS_EVTX_TEMPLATE_H

#include "core/cursor.h"
#include "core/arena.h"

/*
 * BinXML compiled into a flat list of fields. An element tree becomes one operation per field it
 * can give, with the field's final name; running a record is then a walk over that list with the
 * record's values, and no tree or XML is ever built. Internal to the EVTX reader.
 */

#define WD_EVTX_NO_SLOT UINT32_MAX

/** Where in an event an element stands: decides how fields below it are named. */
typedef enum wd_evtx_section {
    WD_EVTX_TOP,     /* outside Event */
    WD_EVTX_EVENT,   /* child of Event */
    WD_EVTX_SYSTEM,  /* in System */
    WD_EVTX_CONTENT, /* in EventData, UserData and whatever else */
    WD_EVTX_RENDER   /* in RenderingInfo: the message as the sender rendered it */
} wd_evtx_section;

typedef enum wd_evtx_op_kind {
    WD_EVTX_OP_TEXT,     /* text of the template itself */
    WD_EVTX_OP_SLOT,     /* one value of the record; elements when it is BinXML */
    WD_EVTX_OP_MIXED,    /* several parts */
    WD_EVTX_OP_SPLICE,   /* elements when the value is BinXML, nothing otherwise */
    WD_EVTX_OP_INSTANCE, /* a template instance standing in the record's own elements */
    WD_EVTX_OP_BARE      /* a leaf without any content */
} wd_evtx_op_kind;

/** A piece of a mixed value: text when `slot` is WD_EVTX_NO_SLOT. */
typedef struct wd_evtx_part {
    wd_slice text;
    uint32_t slot;
    bool optional;
} wd_evtx_part;

typedef struct wd_evtx_op {
    wd_slice name;
    wd_slice text;
    uint32_t slot;
    uint32_t guard;     /* null in this slot drops the element this attribute is of */
    uint32_t name_slot; /* the name is this value; WD_EVTX_NO_SLOT: `name` */
    uint32_t first;     /* MIXED: parts; INSTANCE: offset in the chunk */
    uint32_t n;
    uint8_t kind;
    uint8_t section; /* of elements spliced in here */
    bool optional;   /* null gives no field instead of an empty one */
    bool attribute;  /* an empty one is not given */
} wd_evtx_op;

/** What routing needs of a record: the operations that give these fields. */
typedef enum wd_evtx_route {
    WD_EVTX_ROUTE_PROVIDER,
    WD_EVTX_ROUTE_EVENT_ID,
    WD_EVTX_ROUTE_TIME,
    WD_EVTX_ROUTE_RECORD_ID,
    WD_EVTX_ROUTE_CHANNEL,
    WD_EVTX_ROUTE_COMPUTER,
    WD_EVTX_ROUTES
} wd_evtx_route;

/** A stretch of the definition that is the same in every chunk, up to a number that is not: a size,
 * or a name given by offset. */
typedef struct wd_evtx_mark {
    uint32_t at;
    uint32_t len;
    wd_slice name; /* UTF-16 units; ptr NULL: a size */
} wd_evtx_mark;

typedef struct wd_evtx_template {
    uint8_t guid[16];
    bool names_ok; /* the hash of every name is right */
    wd_evtx_section section;
    wd_evtx_op *ops;
    size_t n_ops;
    wd_evtx_part *parts;
    int32_t route[WD_EVTX_ROUTES]; /* operation, -1 when there is none */
    wd_slice body;                 /* copy of the fragment as it stood */
    wd_evtx_mark *marks;
    size_t n_marks;
    uint32_t tail;                 /* where the last stretch begins */
    struct wd_evtx_template *next; /* in the store */
} wd_evtx_template;

/** What to compile. */
typedef struct wd_evtx_fragment {
    wd_slice chunk; /* offsets of names count from its start */
    size_t pos;     /* fragment header or first token */
    size_t end;     /* no token is read at or past it */
    wd_evtx_section section;
    bool definition; /* elements carry a dependency id, and the copy for re-use is kept */
} wd_evtx_fragment;

/**
 * Compiles one fragment up to its end token or `end`. `*used` gets the bytes it took, also on
 * failure. The result lives in `arena` and borrows nothing from the chunk. Fails: WD_E_MALFORMED,
 * WD_E_LIMIT (nested too deeply), WD_E_NOMEM; `*why` says what in words.
 */
WD_MUST_USE wd_status wd_evtx_compile(const wd_evtx_fragment *src, wd_arena *arena,
                                      wd_evtx_template *out, size_t *used, const char **why);

/** Whether the fragment at `pos` of another chunk is the one `t` was compiled from. `*used` gets
 * its length there. */
bool wd_evtx_same(const wd_evtx_template *t, wd_slice chunk, size_t pos, size_t *used);

#endif
