# Makes a C table of countries from world.tsv.
BEGIN {
    FS = "\t"
    print "#include \"report/world.h\"\n\nconst wd_country wd_countries[] = {"
}
/^#/ { next }
NF != 5 || /["\\]/ { print "embed_world.awk: line " NR " is not code, name, x, y, outline" > "/dev/stderr"; exit 1 }
{ printf "    {\"%s\", \"%s\", %d, %d, \"%s\"},\n", $1, $2, $3, $4, $5 }
END { print "};\n\nconst size_t wd_n_countries = sizeof wd_countries / sizeof wd_countries[0];" }
