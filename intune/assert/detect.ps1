# Runlayer AI Watch: detects hooks that differ from what the tenant wants.
# Made by packager. Runs as SYSTEM, in 64-bit Windows PowerShell 5.1.
# Thin on purpose: all logic is in the agent. Safe in Constrained Language Mode.
# Silent about errors of its own: an error record makes Intune and ConfigMgr report "Failed" whatever the exit code.
$ErrorActionPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'

# Intune starts a 32-bit PowerShell, which sees another registry and other folders. Only 32-bit processes see Sysnative.
$native = "$env:SystemRoot\Sysnative\WindowsPowerShell\v1.0\powershell.exe"
if (Test-Path -LiteralPath $native -PathType Leaf) {
    $global:LASTEXITCODE = 1
    & $native -NoProfile -NonInteractive -ExecutionPolicy Bypass -File $PSCommandPath
    exit $LASTEXITCODE
}

# A device without an enrollment key is not to be enforced: say nothing, whoever runs this.
$settings = 'HKLM:\Software\Runlayer\AIWatch'
if (-not (Test-Path -LiteralPath $settings)) { $settings = 'HKCU:\Software\Runlayer\AIWatch' }
$key = (Get-ItemProperty -LiteralPath $settings).EnrollmentKey
if ("$key" -notmatch '\S') { exit 0 }

# By SID, because account names are translated; by whoami, because Constrained Language Mode has no static methods.
$whoami = & "$env:SystemRoot\System32\whoami.exe" /user /fo csv /nh 2>$null
$system = "$whoami" -like '*"S-1-5-18"*'
if (-not $system) {
    Write-Output 'aiwatch MDM hook check must run as SYSTEM, not the logged-on user'
    exit 2
}

$agent = "$env:ProgramFiles\Runlayer\AIWatch\aiwatch.exe"
if (-not ($agent -and (Test-Path -LiteralPath $agent -PathType Leaf))) {
    Write-Output "aiwatch is not installed: there is no $env:ProgramFiles\Runlayer\AIWatch\aiwatch.exe"
    exit 2
}

# Through cmd.exe, because PowerShell makes an error record of each line that a program writes to stderr.
# The code set here counts when cmd.exe itself cannot be started.
$global:LASTEXITCODE = 1
$said = & "$env:SystemRoot\System32\cmd.exe" /d /c "`"$agent`" setup hooks check --mdm 2>&1"
$text = ($said -join ' ').Trim()
if (-not $text) { $text = "aiwatch setup hooks check --mdm: exit code $LASTEXITCODE" }
# Intune keeps 2,048 characters. The end is what tells: errors and hints come last.
if ($text.Length -gt 2000) { $text = $text.Substring($text.Length - 2000) }
Write-Output $text

switch ($LASTEXITCODE) {
    0 { exit 0 }
    1 { exit 1 }
    2 { exit 2 }
    4 { exit 1 }
}
# Anything else is a failure; nothing falls through to success.
exit 1
