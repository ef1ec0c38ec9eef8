# Makes a C array of lines from a style sheet: comments, indentation and blank lines dropped.
BEGIN {
    print "#include \"report/page.h\"\n\nconst char *const wd_page_css[] = {"
}
/^\/\*/ { comment = 1 }
comment { if (/\*\//) comment = 0; next }
/\\/ { print "embed_css.awk: write characters, not escapes" > "/dev/stderr"; exit 1 }
{
    sub(/^[ \t]+/, "")
    if ($0 == "") next
    gsub(/"/, "\\\"")
    sub(/: /, ":")
    printf "    \"%s%s\",\n", $0, /^@|,$/ ? "\\n" : (/}$/ ? "\\n" : "")
}
END {
    print "    0};"
}
