#ifndef WD_CORE_LIMITS_H
#define WD_CORE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Every bound of the program in one place, each with its reason. Reaching one is a finding
 * ("limit", with the name of the bound), never silence. Grouped by who meets it first.
 */

/* --- intake and archives ------------------------------------------------------------------- */

/* Nested archives: a vendor installer is zip > msi > cab > file at the most; twice that is a bomb.
 */
#define WD_MAX_ARCHIVE_DEPTH 8U
/* Members of one top-level item: the largest real installers hold some 60,000 files. */
#define WD_MAX_MEMBERS 200000U
/* Bytes that one top-level item may expand to in all. */
#define WD_MAX_EXPANDED (UINT64_C(4) << 30)
/* One member held in memory by a worker; larger ones are reported and not opened. */
#define WD_MAX_MEMBER (UINT64_C(1) << 30)
/* Expansion ratio above which more than WD_RATIO_FREE bytes are not believed: text logs reach 30.
 */
#define WD_MAX_RATIO 200U
#define WD_RATIO_FREE (UINT64_C(64) << 20)
/* Bytes of a file that are looked at to tell its kind: more than the longest header line. */
#define WD_MAX_SNIFF (64U << 10)
/* Folder depth of an evidence tree; paths beyond PATH_MAX could not be opened anyway. */
#define WD_MAX_TREE_DEPTH 64U
/* Evidence items named in one case. */
#define WD_MAX_ITEMS 4000000U

/* --- workers ------------------------------------------------------------------------------- */

/* Seconds of processor time one member may take before it is given up as hanging. */
#define WD_ITEM_CPU_SECONDS 120U
/* Seconds without any answer and without any processor time used before a worker is killed. */
#define WD_ITEM_SILENT_SECONDS 60U
/* One answer record on the wire; the largest honest one is a script block with its excerpt. */
#define WD_MAX_WIRE_RECORD (8U << 20)
/* Arena of one item in a worker. */
#define WD_ITEM_ARENA (UINT64_C(1) << 30)
/* ... and as many times that for an item with all its members, restarts included. */
#define WD_ITEM_CPU_MEMBERS 15U
/* What an item's size adds to the processor time it may take: the slowest honest reader does
 * several times as much. */
#define WD_ITEM_CPU_BYTES_PER_SECOND (UINT64_C(4) << 20)
/* Workers that one item may cost before what is left of it is given up. */
#define WD_ITEM_RESTARTS 16U
/* Descriptors of a worker: three standard ones, its socket, the item, and one to spare. */
#define WD_WORKER_DESCRIPTORS 6U
/* Answers to one item in all: every record of the largest event log as JSON is below 4 GiB. */
#define WD_MAX_ITEM_ANSWERS (UINT64_C(16) << 30)
/* Workers in all: beyond this the coordinator is the bottleneck. */
#define WD_MAX_WORKERS 64U
/* Address space of a worker on top of the mapped item. */
#define WD_WORKER_AS (UINT64_C(8) << 30)

/* --- structured text ------------------------------------------------------------------------ */

/* Depth of JSON and YAML: event logs need 12, STIX bundles 8. */
#define WD_MAX_JSON_DEPTH 64U
/* Expansion of YAML aliases, so that ten lines cannot make a billion nodes. */
#define WD_MAX_YAML_NODES 4000000U
/* One line of a text log; auditd and EVE records stay below 1 MiB. */
#define WD_MAX_LINE (16U << 20)
/* Fields of one event record; the largest Windows events have some 120. */
#define WD_MAX_EVENT_FIELDS 4096U

/* --- case ----------------------------------------------------------------------------------- */

/* What the answers and the report of one case may hold in memory. */
#define WD_CASE_ARENA (UINT64_C(4) << 30)
/* Internal addresses that no asset list claims and that are still listed as hosts of their own. */
#define WD_MAX_UNLISTED_HOSTS 2000U
/* --- network ---------------------------------------------------------------------------------- */

/* One packet record. Jumbo frames and super-packets of offloading stay below 256 KiB, the bound of
 * libpcap; a larger length is believed only when the file holds that many bytes. */
#define WD_MAX_PACKET (256U << 10)
/* And never past this; also the bound of a pcapng block. */
#define WD_MAX_HUGE_PACKET (16U << 20)
/* Interfaces of one pcapng section; merged captures of a rack hold some hundreds. */
#define WD_MAX_CAPTURE_IFS 65536U
/* Headers inside headers of one packet: tunnels in use nest to five or six. */
#define WD_MAX_PACKET_LAYERS 32U
/* IP datagrams being put together at one time; each holds 64 KiB. */
#define WD_MAX_DEFRAG 64U
/* Flows held at one time; older ones are summed and let go. */
#define WD_MAX_FLOWS (1U << 20)
/* Bytes of all half-read protocol heads together (hellos, requests, DNS over TCP). */
#define WD_MAX_STREAM_POOL (48U << 20)
/* Bytes of one half-read head: a post-quantum hello has 2 KiB, the largest request heads 64 KiB. */
#define WD_MAX_STREAM_HEAD (80U << 10)
/* Moments of connections held before sums are handed on; 64 bytes each. */
#define WD_MAX_MOMENTS (1U << 20)
/* Moments of one contact that are kept; a check-in every 10 minutes makes 52,560 in a year. */
#define WD_MAX_CONTACT_MOMENTS 65536U
/* Answers of one DNS message that are kept. */
#define WD_MAX_DNS_ANSWERS 256U

/* --- knowledge ------------------------------------------------------------------------------ */

/* One file of packs or indicators: the largest public STIX bundle (ATT&CK) has 50 MB. */
#define WD_MAX_KB_FILE (UINT64_C(512) << 20)
/* One object of a JSON bundle; a STIX report with thousands of references has below 1 MB. */
#define WD_MAX_KB_OBJECT (16U << 20)
/* A JSON event that is read as a whole; the largest public MISP events have 20 MB. */
#define WD_MAX_KB_EVENT (64U << 20)
/* Indicators of all files; large commercial feeds have some 2 million. */
#define WD_MAX_INDICATORS 4000000U
/* Refused entries kept with their reason; the count goes on. */
#define WD_MAX_KB_REFUSED 1000U
/* File names with wildcards among the indicators: each is tried against every file. */
#define WD_MAX_FILE_GLOBS 256U
/* Entries of one list of a pack: the largest real one has 60. */
#define WD_MAX_PACK_LIST 4096U

/* --- event logs ------------------------------------------------------------------------------- */

/* Compiled templates kept for one log or collection: a whole Windows has some 60,000 event layouts,
 * one log uses 30. */
#define WD_MAX_EVTX_TEMPLATES (UINT32_C(64) << 20)
/* Bytes compiled for one chunk of 64 KiB, in which every template stands once. */
#define WD_MAX_EVTX_COMPILED (UINT64_C(2) << 20)
/* Template instances inside one record; honest ones have 3. */
#define WD_MAX_EVTX_INSTANCES 256U
/* Slack records that wait for a template from elsewhere in the file. */
#define WD_MAX_EVTX_WAITING 200000U
/* Stretches of consecutive record ids in one log, and holes between them that are listed. */
#define WD_MAX_EVTX_RUNS 65536U
#define WD_MAX_EVTX_GAPS 1000U
/* Places of damage listed for one log. */
#define WD_MAX_EVTX_DAMAGE 200U
/* Channels and hosts in one log; a collector of forwarded events serves a few thousand hosts. */
#define WD_MAX_EVENT_SOURCES 8192U
/* Bytes of one such name pair; longer ones are garbage and not counted. */
#define WD_MAX_EVENT_SOURCE_NAME 2048U
/* Connections, look-ups and library loads of one log that are summed; further ones stand alone. */
#define WD_MAX_EVENT_SUMS 65536U
/* Moments kept of one of them: as many as an attribute holds. */
#define WD_MAX_EVENT_TIMES 3600U
/* Moments of all of them, and bytes of their names: two thirds of what a worker may use besides. */
#define WD_MAX_EVENT_MOMENTS 2000000U
#define WD_MAX_EVENT_SUM_BYTES (UINT64_C(128) << 20)
/* Script blocks that wait for their other parts, in bytes. */
#define WD_MAX_SCRIPT_WAITING (UINT64_C(64) << 20)
/* Parts of one script block: 5,000 of 32 KiB would be 160 MiB of script. */
#define WD_MAX_SCRIPT_PARTS 5000U

/* --- rules over events ---------------------------------------------------------------------- */

/* One rule file; the largest public one (a list of 4,400 driver hashes) has 0.5 MB. */
#define WD_MAX_RULE_FILE (8U << 20)
/* Folder depth of a rule tree. */
#define WD_MAX_RULE_DEPTH 32U
/* Parentheses and nested lists of one rule; the deepest public one has 3. */
#define WD_MAX_RULE_NESTING 32U
/* Terms of one rule's condition, all lists written out; the largest public rule has some 300. */
#define WD_MAX_RULE_NODES 200000U
/* Memory for compiling: 3,300 public rules take 60 MB of it, given back afterwards. */
#define WD_MAX_RULE_SCRATCH (UINT64_C(1) << 30)
/* Values of one `expand` that stand for one written value. */
#define WD_MAX_RULE_EXPANSION 100000U
/* Backtracking steps of one regular expression on one value: some 50 ms. */
#define WD_MAX_REGEX_STEPS 2000000U
#define WD_MAX_REGEX_HEAP_KIB 20000U
/* Memory of values seen before, per worker; emptied when full. */
#define WD_SIGMA_MEMO_BYTES (UINT64_C(32) << 20)
/* Fixed tables of one worker, a few words for each rule. */
#define WD_SIGMA_RUN_BYTES (UINT64_C(64) << 20)
/* Layouts of records kept at a time; a Windows host has some 2,000. */
#define WD_SIGMA_MAX_SHAPES 4096U
/* One value that correlations group by or count; all of them must fit into one attribute. */
#define WD_MAX_PART_VALUE 1024U
/* Fields that the correlations over one rule may name in all. */
#define WD_MAX_PART_FIELDS 60U
/* Records listed with one hit of a correlation. */
#define WD_MAX_ALERT_RECORDS 200U
/* Hits of base rules that correlations are judged over. */
#define WD_MAX_SIGMA_PARTS 1000000U

/* --- programs and signatures ---------------------------------------------------------------- */

/* Remarks of one reader about one item; a damaged file says the same thing over and over. */
#define WD_MAX_NOTES 64U
/* Sections of a PE file: the loader takes 96, linkers for drivers and Go stay below 30. */
#define WD_MAX_PE_SECTIONS 1024U
/* Libraries and imported functions; the largest browsers import some 200 and 6,000. */
#define WD_MAX_PE_LIBRARIES 2048U
#define WD_MAX_PE_IMPORTS 65536U
/* Exported functions: ordinals are 16 bits wide. */
#define WD_MAX_PE_EXPORTS 65536U
/* Resource leaves; icon libraries of Windows hold some 8,000. */
#define WD_MAX_PE_RESOURCES 32768U
/* TLS callbacks, debug entries, Rich entries: honest files have fewer than 32. */
#define WD_MAX_PE_MARKS 256U
/* Entries of a certificate table: two in doubly signed boot loaders. */
#define WD_MAX_CERT_ENTRIES 32U
/* Certificates of one signature; seen are up to 12. */
#define WD_MAX_CERTS 128U
/* Bytes of one certificate; seen are up to 3 KiB. */
#define WD_MAX_CERT_BYTES (64U << 10)
/* Signers, attributes and values of one signed message; seen are 1, 8 and 1. */
#define WD_MAX_CMS_LIST 64U
/* Signatures inside signatures (SHA-1 outside, SHA-256 inside, a timestamp in each). */
#define WD_MAX_SIGNATURE_DEPTH 4U
/* Signatures of one file in all. */
#define WD_MAX_SIGNATURES 32U
/* Page hashes: one per 4 KiB of the largest file that Windows loads. */
#define WD_MAX_PAGE_HASHES (1U << 20)

/* File names that a binary mentions, for joining it with its neighbours. */
#define WD_MAX_MENTIONS 512U

/* Entries of a compound file's directory; the largest installers have some 2,000. */
#define WD_MAX_CFB_ENTRIES 262144U
/* Strings and rows of an installer's tables; seen are 100,000 and 60,000. */
#define WD_MAX_MSI_STRINGS 2000000U
#define WD_MAX_MSI_ROWS 500000U
/* Chunks of all pictures of one file; a PNG of 4,000 x 4,000 pixels has some 2,000. */
#define WD_MAX_PNG_CHUNKS 4000000U

/* --- findings ------------------------------------------------------------------------------- */

/* Raw excerpt kept with a finding, enough for 16 lines of a hex dump. */
#define WD_MAX_EXCERPT 256U
/* Text of one attribute kept in the case; longer values are cut with a mark. */
#define WD_MAX_ATTR 65536U
/* Findings of one rule in one item; further ones are counted. */
#define WD_MAX_FINDINGS_PER_RULE 200U
/* Timeline rows in report.html and report.json; the case holds them all. */
#define WD_MAX_REPORT_TIMELINE 2000U

#endif
