#ifndef WD_DETECT_ENGINE_H
#define WD_DETECT_ENGINE_H

#include "core/vocab.h"

struct wd_knowledge; /* knowledge/knowledge.h */
struct wd_sigma;     /* detect/sigma.h */

/** What a stream mode writes through wd_sink.output instead of only filling a case. */
typedef enum wd_stream {
    WD_STREAM_NONE,
    WD_STREAM_RECORDS, /* events --records */
    WD_STREAM_HITS,    /* events --jsonl */
    WD_STREAM_FACTS,   /* traffic --facts */
    WD_STREAM_SCAN     /* scan --jsonl */
} wd_stream;

/**
 * Everything that detectors share: compiled before the workers are forked, never changed
 * afterwards. Members may be NULL when nothing of the kind was loaded.
 */
typedef struct wd_engine {
    const struct wd_knowledge *knowledge;
    const struct wd_sigma *sigma;
    wd_time since; /* WD_NO_TIME: no bound */
    wd_time until;
    wd_stream stream;
} wd_engine;

#endif
