#ifndef WD_CLI_KB_SHOW_H
#define WD_CLI_KB_SHOW_H

#include "knowledge/actors.h"
#include "knowledge/knowledge.h"

/** Files, versions and how old they are. `today` is for the age only. */
void wd_kb_overview(wd_buf *out, const wd_actors *actors, const wd_knowledge *kb, wd_time today);
/** What is known by an id or a citation name; false when nothing is. */
bool wd_kb_show(wd_buf *out, const wd_actors *actors, const wd_knowledge *kb, wd_slice id);
/** Every fact whose id, name, alias or label holds the word; gives their number. */
size_t wd_kb_search(wd_buf *out, const wd_actors *actors, const wd_knowledge *kb, wd_slice word);

#endif
