#include <stdio.h>

int main(void)
{
    fputs("whodunit: no command is built in yet\n", stderr);
    return 2;
}
