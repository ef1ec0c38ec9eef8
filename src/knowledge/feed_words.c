#include "knowledge/kb_priv.h"

/* The words that feeds use for types, as they occur in STIX, MISP, OTX and publishers' lists. */
static const struct {
    const char *word;
    wd_ind_type type;
} type_words[] = {
    {"sha256", WD_IND_SHA256},
    {"sha-256", WD_IND_SHA256},
    {"filehash-sha256", WD_IND_SHA256},
    {"sha256_hash", WD_IND_SHA256},
    {"sha256 hash", WD_IND_SHA256},
    {"sha-256 hash", WD_IND_SHA256},
    {"hash_sha256", WD_IND_SHA256},
    {"sha1", WD_IND_SHA1},
    {"sha-1", WD_IND_SHA1},
    {"filehash-sha1", WD_IND_SHA1},
    {"sha1_hash", WD_IND_SHA1},
    {"hash_sha1", WD_IND_SHA1},
    {"md5", WD_IND_MD5},
    {"filehash-md5", WD_IND_MD5},
    {"md5_hash", WD_IND_MD5},
    {"hash_md5", WD_IND_MD5},
    {"domain", WD_IND_DOMAIN},
    {"domain-name", WD_IND_DOMAIN},
    {"domainname", WD_IND_DOMAIN},
    {"domain_name", WD_IND_DOMAIN},
    {"hostname", WD_IND_DOMAIN},
    {"host", WD_IND_DOMAIN},
    {"fqdn", WD_IND_DOMAIN},
    {"dns", WD_IND_DOMAIN},
    {"url", WD_IND_URL},
    {"uri", WD_IND_URL},
    {"link", WD_IND_URL},
    {"ip", WD_IND_IP},
    {"ipv4", WD_IND_IP},
    {"ipv6", WD_IND_IP},
    {"ipv4-addr", WD_IND_IP},
    {"ipv6-addr", WD_IND_IP},
    {"ip-dst", WD_IND_IP},
    {"ip-src", WD_IND_IP},
    {"ip_address", WD_IND_IP},
    {"ip address", WD_IND_IP},
    {"dest_ip", WD_IND_IP},
    {"dst_ip", WD_IND_IP},
    {"cidr", WD_IND_IP},
    {"filename", WD_IND_FILE},
    {"file name", WD_IND_FILE},
    {"file_name", WD_IND_FILE},
    {"file_path", WD_IND_FILE},
    {"file_path_name", WD_IND_FILE},
    {"filepath", WD_IND_FILE},
    {"x509-fingerprint-serial", WD_IND_CERT},
    {"cert_serial", WD_IND_CERT},
    {"signer", WD_IND_SIGNER},
    {"regkey", WD_IND_REGISTRY},
    {"registry", WD_IND_REGISTRY},
    {"ja3", WD_IND_JA3},
    {"ja3-fingerprint-md5", WD_IND_JA3},
    {"ja4", WD_IND_JA4},
    {"user-agent", WD_IND_USER_AGENT},
    {"user_agent", WD_IND_USER_AGENT},
    {"http-user-agent", WD_IND_USER_AGENT},
    {"email", WD_IND_EMAIL},
    {"email-addr", WD_IND_EMAIL},
    {"email-src", WD_IND_EMAIL},
    {"email-dst", WD_IND_EMAIL},
    {"whois-registrant-email", WD_IND_EMAIL},
    {"cookie", WD_IND_COOKIE},
    {"mutex", WD_IND_MUTEX},
    {"imphash", WD_IND_IMPHASH},
};

static const struct {
    const char *word;
    wd_role role;
} role_words[] = {
    {"c&c", WD_ROLE_C2},
    {"c2 server", WD_ROLE_C2},
    {"command-and-control", WD_ROLE_C2},
    {"dropper", WD_ROLE_DOWNLOADER},
    {"infostealer", WD_ROLE_STEALER},
    {"rat", WD_ROLE_BACKDOOR},
    {"implant", WD_ROLE_BACKDOOR},
    {"trojanized", WD_ROLE_ALTERED_FILE},
    {"trojanised", WD_ROLE_ALTERED_FILE},
    {"legitimate", WD_ROLE_GENUINE},
    {"clean", WD_ROLE_GENUINE},
    {"benign", WD_ROLE_GENUINE},
    {"vendor", WD_ROLE_VENDOR_SITE},
    {"shared", WD_ROLE_SHARED_HOST},
    {"malicious", WD_ROLE_UNKNOWN},
    {"malware", WD_ROLE_UNKNOWN},
};

bool wd_kb_type_word(wd_slice word, wd_ind_type *out)
{
    for (size_t i = 0; i < sizeof type_words / sizeof type_words[0]; i++) {
        if (wd_slice_eq_nocase(word, wd_slice_str(type_words[i].word))) {
            *out = type_words[i].type;
            return true;
        }
    }
    return false;
}

bool wd_kb_role_word(wd_slice word, wd_role *out)
{
    if (wd_role_parse(word, out)) {
        return true;
    }
    for (size_t i = 0; i < sizeof role_words / sizeof role_words[0]; i++) {
        if (wd_slice_eq_nocase(word, wd_slice_str(role_words[i].word))) {
            *out = role_words[i].role;
            return true;
        }
    }
    return false;
}

void wd_kb_default_safety(wd_indicator *i, bool said)
{
    if (wd_role_harmless(i->role) && (!said || i->safety == WD_SAFETY_BLOCK)) {
        i->safety = WD_SAFETY_NEVER;
    }
}
