# Installs a downloaded aiwatch for this user, with the operator's command runlayer beside it.
#
#   powershell -ExecutionPolicy Bypass -File install.ps1 [-File FILE] [-NoPath] [-Uninstall]
#
#   -File       the downloaded program (default: the aiwatch for this processor beside this script)
#   -NoPath     leaves the user's PATH alone
#   -Uninstall  removes both; run "runlayer setup hooks --uninstall" and "runlayer logout" before
#
# Exit codes: 0 done, 1 a step failed, 2 wrong call.
param([string]$File, [switch]$NoPath, [switch]$Uninstall)
$ErrorActionPreference = 'Stop'

function Fail([string]$what, [string]$hint, [int]$code) {
    [Console]::Error.WriteLine("error: $what")
    [Console]::Error.WriteLine("hint: $hint")
    exit $code
}

$folder = Join-Path $env:USERPROFILE '.local\bin'
$names = 'aiwatch.exe', 'runlayer.exe'

# The user's own PATH, unexpanded, so that its variables stay variables.
$key = [Microsoft.Win32.Registry]::CurrentUser.CreateSubKey('Environment')
$path = [string]$key.GetValue('Path', '', 'DoNotExpandEnvironmentNames')
$parts = @($path -split ';' | Where-Object { $_ })
$known = @($parts | Where-Object { [Environment]::ExpandEnvironmentVariables($_).TrimEnd('\') -eq $folder })

# Tells programs that start later; setting any variable through .NET broadcasts the change.
function Save-Path([string[]]$entries) {
    $key.SetValue('Path', ($entries -join ';'), 'ExpandString')
    [Environment]::SetEnvironmentVariable('RUNLAYER_PATH_CHANGED', $null, 'User')
}

if ($Uninstall) {
    foreach ($name in $names) {
        Remove-Item -LiteralPath (Join-Path $folder $name) -Force -ErrorAction SilentlyContinue
    }
    if ($known -and -not (Get-ChildItem -LiteralPath $folder -ErrorAction SilentlyContinue)) {
        Save-Path ($parts | Where-Object { $known -notcontains $_ })
    }
    Write-Output "removed aiwatch and runlayer from $folder"
    exit 0
}

if (-not $File) {
    $processor = if ($env:PROCESSOR_ARCHITECTURE -eq 'ARM64' -or $env:PROCESSOR_ARCHITEW6432 -eq 'ARM64') { 'arm64' } else { 'x64' }
    $File = Join-Path $PSScriptRoot "aiwatch-win-$processor.exe"
}
if (-not (Test-Path -LiteralPath $File -PathType Leaf)) {
    Fail "no file $File" 'download aiwatch, and name it: install.ps1 -File FILE' 2
}
$version = & $File --version 2>$null
if ("$version" -notlike 'aiwatch version *') {
    Fail "$File is not aiwatch, or does not run on this system" 'download the one for this processor' 1
}

[void](New-Item -ItemType Directory -Path $folder -Force)
foreach ($name in $names) {
    $target = Join-Path $folder $name
    # A running program cannot be replaced, but it can be renamed away.
    if (Test-Path -LiteralPath $target) {
        $old = "$target.old"
        Remove-Item -LiteralPath $old -Force -ErrorAction SilentlyContinue
        if (-not (Test-Path -LiteralPath $old)) { Rename-Item -LiteralPath $target -NewName "$name.old" }
    }
    Copy-Item -LiteralPath $File -Destination $target -Force
    Remove-Item -LiteralPath "$target.old" -Force -ErrorAction SilentlyContinue
}
Write-Output "installed $version in $folder, with runlayer beside it"

if ($known.Count -eq 0) {
    if ($NoPath) {
        Write-Output "note: $folder is not on PATH"
    } else {
        Save-Path (@('%USERPROFILE%\.local\bin') + $parts)
        Write-Output "open a new terminal: $folder is now on PATH"
    }
}
Write-Output 'next: runlayer login --host https://YOUR-TENANT, then runlayer setup hooks --install'
