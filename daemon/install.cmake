# What is installed, and the Debian package made of it (cpack -G DEB in the build folder).

if(TARGET duizhangd)
  install(TARGETS duizhangd DESTINATION ${CMAKE_INSTALL_SBINDIR})
endif()
if(TARGET duizhang)
  install(TARGETS duizhang DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES daemon/duizhangd.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES daemon/duizhang.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES daemon/duizhang.conf.example DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES daemon/duizhang.conf.example DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/duizhang RENAME duizhang.conf
  PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

pkg_get_variable(DUIZHANG_UNIT_FOLDER systemd systemdsystemunitdir)
if(NOT DUIZHANG_UNIT_FOLDER)
  set(DUIZHANG_UNIT_FOLDER /lib/systemd/system)
endif()
install(FILES daemon/duizhangd.service DESTINATION ${DUIZHANG_UNIT_FOLDER})
install(FILES daemon/duizhang.sysusers DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/sysusers.d RENAME duizhang.conf)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME duizhang)
set(CPACK_PACKAGE_CONTACT "duizhang maintainers <duizhang@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS systemd)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(package_folder ${PROJECT_BINARY_DIR}/package)
file(WRITE ${package_folder}/conffiles "${CMAKE_INSTALL_FULL_SYSCONFDIR}/duizhang/duizhang.conf\n")
file(WRITE ${package_folder}/postinst [[
#!/bin/sh
set -e
if [ "$1" = configure ]; then
	systemd-sysusers duizhang.conf
	if [ -d /run/systemd/system ]; then
		systemctl daemon-reload
		systemctl try-restart duizhangd.service
	fi
fi
]])
file(WRITE ${package_folder}/prerm [[
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
	systemctl disable --now duizhangd.service
fi
]])
file(WRITE ${package_folder}/postrm [[
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
]])
file(CHMOD ${package_folder}/postinst ${package_folder}/prerm ${package_folder}/postrm
  FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
file(CHMOD ${package_folder}/conffiles FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${package_folder}/conffiles ${package_folder}/postinst ${package_folder}/prerm ${package_folder}/postrm)
include(CPack)
