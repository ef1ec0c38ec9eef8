#include <string.h>

#include "detect/sigma_scan.h"

/*
 * What stands in nearly every host log, with a guess in percent of the values of a field that hold
 * it. Only speed depends on it: literals are chosen that are not part of these.
 */
static const struct {
    const char *text;
    unsigned percent;
} common[] = {
    {"c:\\windows\\system32\\svchost.exe", 40},
    {"c:\\windows\\syswow64\\", 12},
    {"c:\\windows\\explorer.exe", 12},
    {"c:\\windows\\system32\\services.exe", 12},
    {"c:\\windows\\system32\\windowspowershell\\v1.0\\powershell.exe", 15},
    {"c:\\windows\\system32\\cmd.exe /c \"", 15},
    {"c:\\windows\\system32\\rundll32.exe", 6},
    {"c:\\windows\\system32\\wbem\\wmiprvse.exe", 5},
    {"c:\\windows\\system32\\taskhostw.exe", 4},
    {"c:\\windows\\system32\\conhost.exe", 6},
    {"c:\\windows\\system32\\lsass.exe", 6},
    {"c:\\windows\\system32\\regsvr32.exe", 4},
    {"c:\\windows\\system32\\wscript.exe", 3},
    {"c:\\windows\\system32\\mshta.exe", 3},
    {"c:\\windows\\system32\\net.exe", 4},
    {"c:\\windows\\system32\\net1.exe", 4},
    {"c:\\windows\\system32\\reg.exe", 4},
    {"c:\\windows\\system32\\schtasks.exe", 4},
    {"c:\\windows\\system32\\wbem\\wmic.exe", 4},
    {"c:\\windows\\system32\\msiexec.exe", 4},
    {"c:\\windows\\system32\\certutil.exe", 3},
    {"c:\\windows\\system32\\cscript.exe", 3},
    {"c:\\windows\\system32\\netsh.exe", 3},
    {"c:\\windows\\system32\\sc.exe", 3},
    {"c:\\windows\\system32\\whoami.exe", 3},
    {"c:\\windows\\system32\\drivers\\", 4},
    {"c:\\windows\\microsoft.net\\framework64\\", 4},
    {"c:\\windows\\temp\\", 5},
    {"c:\\program files (x86)\\", 10},
    {"c:\\program files\\microsoft office\\", 6},
    {"c:\\programdata\\microsoft\\windows defender\\", 5},
    {"c:\\users\\administrator\\appdata\\local\\temp\\", 10},
    {"c:\\users\\public\\", 4},
    {"\\appdata\\roaming\\microsoft\\windows\\start menu\\programs\\startup\\", 4},
    {"hklm\\software\\microsoft\\windows\\currentversion\\", 20},
    {"hklm\\software\\microsoft\\windows nt\\currentversion\\", 10},
    {"hklm\\system\\currentcontrolset\\services\\", 15},
    {"hklm\\software\\policies\\microsoft\\windows\\", 6},
    {"hkcu\\software\\microsoft\\windows\\currentversion\\explorer\\", 10},
    {"software\\classes\\clsid\\", 5},
    {"microsoft corporation", 40},
    {"microsoft windows operating system", 30},
    {"microsoft-windows-security-auditing", 40},
    {"microsoft-windows-sysmon/operational", 40},
    {"service control manager", 10},
    {"nt authority\\system", 40},
    {"nt authority\\network service", 10},
    {"nt authority\\local service", 10},
    {"sha1=", 60},
    {",md5=", 60},
    {",sha256=", 60},
    {",imphash=00000000000000000000000000000000", 20},
    {"https://www.", 5},
    {"http://", 5},
    {".exe\" ", 20},
    {".exe -", 10},
    {".dll,", 10},
    {".dll\"", 5},
    {"powershell.exe -", 8},
    {"new-object system.", 5},
    {"/bin/bash", 10},
    {"/usr/bin/", 40},
    {"/usr/sbin/", 15},
    {"/etc/", 8},
    {"/tmp/", 5},
};

bool wd_scan_common(size_t index, wd_slice *text, unsigned *percent)
{
    if (index >= sizeof common / sizeof common[0]) {
        return false;
    }
    *text = wd_slice_str(common[index].text);
    *percent = common[index].percent;
    return true;
}

float wd_scan_likely(wd_slice literal)
{
    while (literal.len > 0 && literal.ptr[0] == WD_SCAN_START) {
        literal = wd_slice_sub(literal, 1, literal.len);
    }
    while (literal.len > 0 && literal.ptr[literal.len - 1] == WD_SCAN_END) {
        literal = wd_slice_sub(literal, 0, literal.len - 1);
    }
    unsigned most = 0;
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
        wd_slice text = wd_slice_str(common[i].text);
        if (common[i].percent > most && wd_slice_find(text, literal) != SIZE_MAX) {
            most = common[i].percent;
        }
    }
    float by_length = literal.len >= 16 ? 0.0001F : 0.02F / (float) (1U << (literal.len / 2));
    return by_length + (float) most / 100.0F;
}
