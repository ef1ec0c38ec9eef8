#include "sigma_testing.h"

static void plain_values_are_whole_fields_without_case(void **state)
{
    (void) state;
    MATCHES(ITEM("Image: 'C:\\a.EXE'"), "Image=c:\\A.exe");
    DIFFERS(ITEM("Image: 'C:\\a.EXE'"), "Image=c:\\A.exe ");
    MATCHES(ITEM("User: '\xc3\x84RGER'"), "User=\xc3\xa4rger");
    MATCHES(ITEM("ParentProcessId: 4"), "ParentProcessId=4");
    DIFFERS(ITEM("ParentProcessId: 4"), "ParentProcessId=44");
    MATCHES(ITEM("Flag: true"), "Flag=True");
}

static void names_of_fields_compare_without_case_and_blanks(void **state)
{
    (void) state;
    MATCHES(ITEM("ThreatName: x"), "Threat Name=x");
    MATCHES(ITEM("'threat name': x"), "ThreatName=x");
}

static void wildcards_stand_for_runs_and_single_characters(void **state)
{
    (void) state;
    MATCHES(ITEM("Image: 'C:\\\\*\\x?.exe'"), "Image=C:\\any\\deep\\x1.exe");
    DIFFERS(ITEM("Image: 'C:\\\\*\\x?.exe'"), "Image=C:\\any\\x.exe");
    MATCHES(ITEM("Image: 'a?b'"), "Image=a\xc3\xa4"
                                  "b"); /* one character, two bytes */
    DIFFERS(ITEM("Image: 'a?b'"), "Image=ab");
    MATCHES(ITEM("Image: '*'"), "Image=");
    MATCHES(ITEM("Image: 'abc*'"), "Image=abc");
    MATCHES(ITEM("Image|endswith: 'a*b'"), "Image=xx a--b");
    MATCHES(ITEM("Image|contains: 'a?c'"), "Image=xxabcxx");
    DIFFERS(ITEM("Image|startswith: 'a*b'"), "Image=xab");
}

static void backslashes_escape_only_wildcards_and_themselves(void **state)
{
    (void) state;
    MATCHES(ITEM("CommandLine: 'a\\*b'"), "CommandLine=a*b");
    DIFFERS(ITEM("CommandLine: 'a\\*b'"), "CommandLine=axb");
    MATCHES(ITEM("CommandLine: 'a\\?'"), "CommandLine=a?");
    MATCHES(ITEM("CommandLine: 'a\\b'"), "CommandLine=a\\b");
    MATCHES(ITEM("CommandLine: 'a\\\\b'"), "CommandLine=a\\b");
    MATCHES(ITEM("CommandLine: 'a\\\\*'"), "CommandLine=a\\anything");
    MATCHES(ITEM("CommandLine: 'a\\\\\\*'"), "CommandLine=a\\*");
    DIFFERS(ITEM("CommandLine: 'a\\\\\\*'"), "CommandLine=a\\x");
    MATCHES(ITEM("CommandLine: '\\\\\\\\host'"), "CommandLine=\\\\host");
    MATCHES(ITEM("CommandLine: '\\\\\\host'"), "CommandLine=\\\\host");
}

static void position_modifiers_say_where(void **state)
{
    (void) state;
    MATCHES(ITEM("Image|endswith: '\\cmd.exe'"), "Image=C:\\Windows\\CMD.exe");
    DIFFERS(ITEM("Image|endswith: '\\cmd.exe'"), "Image=C:\\cmd.exe.bak");
    MATCHES(ITEM("Image|startswith: 'C:\\'"), "Image=c:\\x");
    DIFFERS(ITEM("Image|startswith: 'C:\\'"), "Image=xc:\\");
    MATCHES(ITEM("Image|contains: [nowhere, mid]"), "Image=a MID b");
    MATCHES(ITEM("Image|contains|all: [b, a]"), "Image=a b");
    DIFFERS(ITEM("Image|contains|all: [b, c]"), "Image=a b");
}

static void absent_empty_and_null_are_three_things(void **state)
{
    (void) state;
    MATCHES(ITEM("User: ''"), "User=");
    DIFFERS(ITEM("User: ''"), "Image=x");
    DIFFERS(ITEM("User: ''"), "User=x");
    MATCHES(ITEM("User: null"), "Image=x");
    DIFFERS(ITEM("User: null"), "User=");
    DIFFERS(ITEM("User|contains: x"), "Image=x");
    /* What is not there cannot be what the filter leaves out. */
    MATCHES("  s: {Image: x}\n  f: {User: y}\n  condition: s and not f", "Image=x");
    MATCHES(ITEM("User|exists: true"), "User=");
    DIFFERS(ITEM("User|exists: true"), "Image=x");
    MATCHES(ITEM("User|exists: false"), "Image=x");
}

static void cased_and_neq_change_the_comparison(void **state)
{
    (void) state;
    MATCHES(ITEM("Image|cased: Abc"), "Image=Abc");
    DIFFERS(ITEM("Image|cased: Abc"), "Image=abc");
    MATCHES(ITEM("Image|contains|cased: Bc"), "Image=aBcd");
    MATCHES(ITEM("Image|neq: a"), "Image=b");
    DIFFERS(ITEM("Image|neq: [a, b]"), "Image=b");
    MATCHES(ITEM("Image|neq: a"), "User=b");
    DIFFERS(ITEM("Port|neq: 80"), "Port=80");
}

static void numbers_compare_as_numbers(void **state)
{
    (void) state;
    MATCHES(ITEM("Size|gt: 10"), "Size=11");
    DIFFERS(ITEM("Size|gt: 10"), "Size=10");
    MATCHES(ITEM("Size|gte: 10"), "Size=10");
    MATCHES(ITEM("Size|lt: 1.5"), "Size=1.25");
    DIFFERS(ITEM("Size|lte: 9"), "Size=0xa");
    DIFFERS(ITEM("Size|gt: 10"), "Size=abc");
}

static void parts_of_times_compare(void **state)
{
    (void) state;
    static const char at[] = "T=2023-03-31T23:07:00.5Z";
    MATCHES(ITEM("T|minute: 7"), at);
    MATCHES(ITEM("T|hour: 23"), at);
    MATCHES(ITEM("T|day: 31"), at);
    MATCHES(ITEM("T|week: 13"), at);
    MATCHES(ITEM("T|month: 3"), at);
    MATCHES(ITEM("T|year: 2023"), at);
    MATCHES(ITEM("T|hour|gte: 22"), at);
    DIFFERS(ITEM("T|hour|lt: 22"), at);
    MATCHES(ITEM("T|week: 52"), "T=2023-01-01"); /* belongs to the last week of 2022 */
    MATCHES(ITEM("T|week: 1"), "T=2024-12-30");
    MATCHES(ITEM("T|week: 53"), "T=2020-12-31");
    MATCHES(ITEM("T|year: 1969"), "T=1969-12-31T23:59:59Z");
}

static void networks_hold_addresses(void **state)
{
    (void) state;
    MATCHES(ITEM("Ip|cidr: 10.0.0.0/8"), "Ip=10.255.1.2");
    DIFFERS(ITEM("Ip|cidr: 10.0.0.0/8"), "Ip=11.0.0.1");
    MATCHES(ITEM("Ip|cidr: 10.0.0.0/8"), "Ip=::ffff:10.1.2.3");
    MATCHES(ITEM("Ip|cidr: 192.168.1.128/25"), "Ip=192.168.1.200");
    DIFFERS(ITEM("Ip|cidr: 192.168.1.128/25"), "Ip=192.168.1.100");
    MATCHES(ITEM("Ip|cidr: 'fe80::/10'"), "Ip=fe80::1%12");
    MATCHES(ITEM("Ip|cidr: '::1/128'"), "Ip=0:0:0:0:0:0:0:1");
    DIFFERS(ITEM("Ip|cidr: '::1/128'"), "Ip=::2");
    DIFFERS(ITEM("Ip|cidr: 0.0.0.0/0"), "Ip=name");
    MATCHES(ITEM("Ip|cidr: 0.0.0.0/0"), "Ip=1.2.3.4");
    assert_string_equal(refusal_of(RULE(ITEM("Ip|cidr: 10.0.0.0/33")), NULL, 0),
                        "refused: not a network '10.0.0.0/33'");
}

static void regular_expressions_search_with_case(void **state)
{
    (void) state;
    MATCHES(ITEM("CommandLine|re: 'b+c'"), "CommandLine=abbcd");
    DIFFERS(ITEM("CommandLine|re: 'B+C'"), "CommandLine=abbcd");
    MATCHES(ITEM("CommandLine|re|i: 'B+C'"), "CommandLine=abbcd");
    MATCHES(ITEM("CommandLine|re: '(?i)B+C'"), "CommandLine=abbcd");
    DIFFERS(ITEM("CommandLine|re: 'a.b'"), "CommandLine=a\nb");
    MATCHES(ITEM("CommandLine|re|s: 'a.b'"), "CommandLine=a\nb");
    DIFFERS(ITEM("CommandLine|re: '^b'"), "CommandLine=a\nb");
    MATCHES(ITEM("CommandLine|re|m: '^b'"), "CommandLine=a\nb");
    MATCHES(ITEM("CommandLine|re: 'x.y'"), "CommandLine=x\xc3\xa4y");
    assert_non_null(strstr(refusal_of(RULE(ITEM("CommandLine|re: 'a('")), NULL, 0),
                           "refused: regular expression, position 2"));
}

static void an_expression_that_never_ends_is_given_up_and_counted(void **state)
{
    (void) state;
    bench b;
    bench_open(&b, RULE(ITEM("CommandLine|re: '^(a+)+$'")));
    char line[200] = "CommandLine=";
    memset(line + 12, 'a', 60);
    strcpy(line + 72, "!");
    assert_string_equal(PROCESS(&b, line), "");
    assert_int_equal(wd_sigma_run_stats(b.run).regex_limits, 1);
    bench_close(&b);
}

static void windash_takes_every_form_of_a_dash(void **state)
{
    (void) state;
    static const char *const lines[] = {"CommandLine=x -enc y", "CommandLine=x /enc y",
                                        "CommandLine=x \xe2\x80\x93"
                                        "enc y",
                                        "CommandLine=x \xe2\x80\x94"
                                        "enc y",
                                        "CommandLine=x \xe2\x80\x95"
                                        "ENC y"};
    for (size_t i = 0; i < 5; i++) {
        assert_true(matches_process(RULE(ITEM("CommandLine|contains|windash: ' -enc '")),
                                    (const char *const[]){lines[i], NULL}));
    }
    MATCHES(ITEM("CommandLine|windash|contains: ' /c '"), "CommandLine=cmd -c dir");
    /* A dash inside a word is no option. */
    DIFFERS(ITEM("CommandLine|contains|windash: 'a-b'"), "CommandLine=a/b");
    MATCHES(ITEM("CommandLine|contains|windash: 'a-b'"), "CommandLine=a-b");
    /* Two dashes: only the one before the word takes other forms. */
    MATCHES(ITEM("CommandLine|contains|windash: ' --x'"), "CommandLine= -/x");
    DIFFERS(ITEM("CommandLine|contains|windash: ' --x'"), "CommandLine= /-x");
}

static void base64_forms_are_found_at_every_offset(void **state)
{
    (void) state;
    /* base64 of "xcmd.exey" and shifted ones hold "cmd.exe" at each of three positions. */
    MATCHES(ITEM("CommandLine|base64offset|contains: 'cmd.exe'"), "CommandLine=Y21kLmV4ZQ==");
    MATCHES(ITEM("CommandLine|base64offset|contains: 'cmd.exe'"), "CommandLine=eGNtZC5leGV5");
    MATCHES(ITEM("CommandLine|base64offset|contains: 'cmd.exe'"), "CommandLine=eHhjbWQuZXhl");
    DIFFERS(ITEM("CommandLine|base64offset|contains: 'cmd.exe'"), "CommandLine=y21KlMv4zq==");
    MATCHES(ITEM("CommandLine|base64|contains: 'cmd.exe'"), "CommandLine=x Y21kLmV4ZQ== y");
    MATCHES(ITEM("CommandLine|wide|base64offset|contains: 'cmd'"), "CommandLine=YwBtAGQA");
    MATCHES(ITEM("CommandLine|utf16be|base64|contains: 'cmd'"), "CommandLine=AGMAbQBk");
    MATCHES(ITEM("CommandLine|utf16|base64|contains: 'cmd'"), "CommandLine=//5jAG0AZAA=");
    assert_string_equal(refusal_of(RULE(ITEM("CommandLine|base64: 'a*b'")), NULL, 0),
                        "refused: a value with wildcards cannot be encoded");
}

static void fields_compare_with_each_other(void **state)
{
    (void) state;
    MATCHES(ITEM("Image|fieldref: ParentImage"), "Image=A", "ParentImage=a");
    DIFFERS(ITEM("Image|fieldref: ParentImage"), "Image=A", "ParentImage=b");
    DIFFERS(ITEM("Image|fieldref: ParentImage"), "Image=A");
    MATCHES(ITEM("Image|fieldref|endswith: Name"), "Image=C:\\x.exe", "Name=X.EXE");
    MATCHES(ITEM("Image|fieldref|neq: ParentImage"), "Image=A", "ParentImage=b");
}

static void keywords_look_into_every_value(void **state)
{
    (void) state;
    MATCHES("  k: [sekurlsa, other]\n  condition: k", "A=x", "B=say SEKURLSA:: now");
    DIFFERS("  k: [sekurlsa, other]\n  condition: k", "A=x", "sekurlsa=name only");
    MATCHES("  k:\n    '|all': [aa, bb]\n  condition: k", "A=xaa", "B=bbx");
    DIFFERS("  k:\n    '|all': [aa, bb]\n  condition: k", "A=xaa");
    MATCHES("  k: [a?c]\n  condition: k", "A=xabcx");
    MATCHES("  k: one word\n  condition: k", "A=in ONE word more");
}

static void a_field_with_several_values_matches_with_any(void **state)
{
    (void) state;
    MATCHES(ITEM("Data: two"), "Data=one", "Data=two");
    DIFFERS(ITEM("Data: three"), "Data=one", "Data=two");
    MATCHES(ITEM("Data|contains|all: [on, tw]"), "Data=one", "Data=two");
    MATCHES(ITEM("Data|fieldref: Image"), "Data=one", "Data=two", "Image=two");
}

static void placeholders_take_the_values_of_their_list(void **state)
{
    (void) state;
    wd_slice programs[] = {WD_S("update.exe"), WD_S("100%x%.exe")};
    wd_sigma_list lists[] = {{WD_S("suspect_program"), programs, 2, {0}},
                             {WD_S("none"), NULL, 0, WD_S("no campaign lists one")}};
    bench b;
    bench_open_lists(&b, RULE(ITEM("Image|endswith|expand: '\\%suspect_program%'")), lists, 2);
    /* The backslash before the sign would make it a plain one; Sigma writes it doubled. */
    assert_string_equal(PROCESS(&b, "Image=C:\\%suspect_program%"), "r");
    assert_string_equal(PROCESS(&b, "Image=C:\\update.exe"), "");
    bench_close(&b);
    bench_open_lists(&b, RULE(ITEM("Image|endswith|expand: '\\\\%suspect_program%'")), lists, 2);
    assert_string_equal(PROCESS(&b, "Image=C:\\UPDATE.exe"), "r");
    assert_string_equal(PROCESS(&b, "Image=C:\\100%x%.exe"), "r");
    assert_string_equal(PROCESS(&b, "Image=C:\\other.exe"), "");
    bench_close(&b);
    assert_string_equal(refusal_of(RULE(ITEM("Image|expand: '%none%'")), lists, 2),
                        "inactive: no campaign lists one (value list 'none')");
    assert_string_equal(refusal_of(RULE(ITEM("Image|expand: '%unknown%'")), lists, 2),
                        "refused: needs the value list 'unknown', which was not given");
    /* Without the modifier it is text. */
    MATCHES(ITEM("Image: '%none%'"), "Image=%none%");
}

static void what_cannot_be_meant_is_refused_with_the_reason(void **state)
{
    (void) state;
    static const struct {
        const char *detection;
        const char *reason;
    } cases[] = {
        {ITEM("Image|wobble: x"), "refused: unknown modifier 'wobble'"},
        {ITEM("Image|i: x"), "refused: unknown modifier 'i'"},
        {ITEM("Image|re|contains: x"), "refused: modifiers that do not go together in "
                                       "'Image|re|contains'"},
        {ITEM("Image: [a, null]"), "refused: null inside a list of values"},
        {ITEM("Image: []"), "refused: an empty list of values"},
        {ITEM("Image: {a: b}"), "refused: a value is a list or a map"},
        {ITEM("Size|gt: big"), "refused: not a number 'big'"},
        {ITEM("Image|exists: maybe"), "refused: exists needs true or false, not 'maybe'"},
        {"  s: {}\n  condition: s", "refused: an empty selection"},
        {"  s: {a: b}", "refused: there is no condition"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rule[512];
        snprintf(rule, sizeof rule, "%s%s\n", RULE(""), cases[i].detection);
        assert_string_equal(refusal_of(rule, NULL, 0), cases[i].reason);
    }
}

static void long_lists_are_looked_up_and_say_the_same(void **state)
{
    (void) state;
    char rule[4096] = RULE("");
    strcat(rule, "  s:\n    Image:\n");
    for (int i = 0; i < 60; i++) {
        snprintf(rule + strlen(rule), 64, "      - 'C:\\Tools\\Number%d.exe'\n", i);
    }
    strcat(rule, "  condition: s\n");
    assert_true(
        matches_process(rule, (const char *const[]){"Image=c:\\tools\\number59.EXE", NULL}));
    assert_false(
        matches_process(rule, (const char *const[]){"Image=c:\\tools\\number60.exe", NULL}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_values_are_whole_fields_without_case),
        cmocka_unit_test(names_of_fields_compare_without_case_and_blanks),
        cmocka_unit_test(wildcards_stand_for_runs_and_single_characters),
        cmocka_unit_test(backslashes_escape_only_wildcards_and_themselves),
        cmocka_unit_test(position_modifiers_say_where),
        cmocka_unit_test(absent_empty_and_null_are_three_things),
        cmocka_unit_test(cased_and_neq_change_the_comparison),
        cmocka_unit_test(numbers_compare_as_numbers),
        cmocka_unit_test(parts_of_times_compare),
        cmocka_unit_test(networks_hold_addresses),
        cmocka_unit_test(regular_expressions_search_with_case),
        cmocka_unit_test(an_expression_that_never_ends_is_given_up_and_counted),
        cmocka_unit_test(windash_takes_every_form_of_a_dash),
        cmocka_unit_test(base64_forms_are_found_at_every_offset),
        cmocka_unit_test(fields_compare_with_each_other),
        cmocka_unit_test(keywords_look_into_every_value),
        cmocka_unit_test(a_field_with_several_values_matches_with_any),
        cmocka_unit_test(placeholders_take_the_values_of_their_list),
        cmocka_unit_test(what_cannot_be_meant_is_refused_with_the_reason),
        cmocka_unit_test(long_lists_are_looked_up_and_say_the_same),
    };
    return RUN(tests);
}
