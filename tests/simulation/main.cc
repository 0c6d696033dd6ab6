#include "simulation/program.h"

int main(int argc, char** argv) { return starlift::simulation::RunProgram(argc, argv); }
