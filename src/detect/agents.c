#include "detect/agents.h"

#include "detect/lookalike.h"

static bool has(wd_slice agent, const char *word)
{
    return wd_slice_find_nocase(agent, wd_slice_str(word)) != SIZE_MAX;
}

wd_agent_system wd_agent_system_of(wd_slice agent)
{
    static const struct {
        const char *word;
        wd_agent_system system;
    } words[] = {
        {"android", WD_AGENT_ANDROID}, {"iphone", WD_AGENT_IOS},        {"ipad", WD_AGENT_IOS},
        {"ipod", WD_AGENT_IOS},        {"windows", WD_AGENT_WINDOWS},   {"win64", WD_AGENT_WINDOWS},
        {"win32", WD_AGENT_WINDOWS},   {"microsoft", WD_AGENT_WINDOWS}, {"msie", WD_AGENT_WINDOWS},
        {"macintosh", WD_AGENT_MAC},   {"mac os", WD_AGENT_MAC},        {"darwin", WD_AGENT_MAC},
        {"linux", WD_AGENT_LINUX},     {"x11", WD_AGENT_LINUX},         {"ubuntu", WD_AGENT_LINUX},
        {"debian", WD_AGENT_LINUX},    {"cros", WD_AGENT_LINUX},        {"bsd", WD_AGENT_LINUX},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (has(agent, words[i].word)) {
            return words[i].system;
        }
    }
    /* Crawlers say what they are and where to complain. */
    bool says_so = has(agent, "compatible") || has(agent, "http") || has(agent, "bot") ||
                   has(agent, "@") || has(agent, "gecko") || has(agent, "webkit");
    size_t open = wd_slice_find_byte(agent, '(');
    size_t close = wd_slice_find_byte(agent, ')');
    bool comment = open != SIZE_MAX && close != SIZE_MAX && close > open + 2;
    return comment && !says_so ? WD_AGENT_OTHER : WD_AGENT_SYSTEM_NONE;
}

const char *wd_agent_system_name(wd_agent_system s)
{
    static const char *const names[WD_AGENT_SYSTEMS] = {
        "no system", "Windows", "macOS", "Linux", "Android", "iOS", "an unknown system"};
    return names[s];
}

bool wd_agent_is_misspelled(wd_slice agent)
{
    wd_slice product = wd_slice_sub(agent, 0, wd_slice_find_byte(agent, '/'));
    return product.len < agent.len && wd_one_edit_apart(product, WD_S("Mozilla"));
}

bool wd_agent_is_ancient(wd_slice agent)
{
    static const char *const marks[] = {"MSIE 4", "MSIE 5",       "MSIE 6",     "MSIE 7",
                                        "MSIE 8", "Windows NT 5", "Windows 98", "Windows 95"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (has(agent, marks[i])) {
            return true;
        }
    }
    return false;
}
