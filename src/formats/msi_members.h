#ifndef WD_FORMATS_MSI_MEMBERS_H
#define WD_FORMATS_MSI_MEMBERS_H

#include "formats/archive.h"

/**
 * Members of a Windows Installer package, as wd_archive_read gives those of other containers: the
 * files that it installs under the paths where it puts them (taken out of the embedded cabinets by
 * the Media, File, Component and Directory tables), then the streams that hold programs, scripts
 * and icons of the installation itself ("Binary.name"). Tables and the signature are no members.
 * Cabinets outside the package are mentioned.
 */
WD_MUST_USE wd_status wd_msi_members(const wd_archive_input *in, wd_archive_budget *budget,
                                     const wd_archive_sink *sink, bool *whole, wd_err *err);

#endif
