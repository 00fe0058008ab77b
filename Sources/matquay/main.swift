import Settings

print(SettingsDocument.file())
